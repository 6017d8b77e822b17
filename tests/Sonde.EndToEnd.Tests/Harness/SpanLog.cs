namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>The spans that have come so far, and a way to wait for more.</summary>
internal sealed class SpanLog
{
    private readonly List<Span> _spans = [];
    private TaskCompletionSource _more = NewSource();

    public void Add(Span span)
    {
        lock (_spans)
        {
            _spans.Add(span);
            _more.TrySetResult();
        }
    }

    /// <summary>What has come and fits, in the order of the requests' beginnings.</summary>
    public Span[] Where(Func<Span, bool> fits)
    {
        lock (_spans)
        {
            return [.. _spans.Where(fits).OrderBy(span => span.Start)];
        }
    }

    /// <summary>Waits until at least so many spans fit, and fails after the deadline, saying what there was instead.</summary>
    public async Task<Span[]> WaitForAsync(Func<Span, bool> fits, int count, TimeSpan deadline)
    {
        using CancellationTokenSource timeout = new(deadline);
        while (true)
        {
            Task more = NextAsync();
            Span[] found = Where(fits);
            if (found.Length >= count)
            {
                return found;
            }

            try
            {
                await more.WaitAsync(timeout.Token);
                // Spans come in thousands: look at what fits a few times, not for each.
                await Task.Delay(10, timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{found.Length} of {count} spans came within {deadline.TotalSeconds} s. {Describe(found)}");
            }
        }
    }

    private string Describe(Span[] found)
    {
        lock (_spans)
        {
            string ports = string.Join(", ", _spans.GroupBy(span => $"{span.Kind} on {span.Address}:{span.Port}").Select(group => $"{group.Count()} {group.Key}"));
            return $"Of all: {ports}.\nThe last that fit:\n{string.Join('\n', found.TakeLast(5))}\nThe last of all:\n{string.Join('\n', _spans.TakeLast(5))}";
        }
    }

    private Task NextAsync()
    {
        lock (_spans)
        {
            if (_more.Task.IsCompleted)
            {
                _more = NewSource();
            }

            return _more.Task;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
