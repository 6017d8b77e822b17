namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>The spans that have come so far, and a way to wait for more.</summary>
internal sealed class SpanLog
{
    private readonly List<Span> _spans = [];
    private readonly List<string> _unread = [];
    private TaskCompletionSource _more = NewSource();

    /// <summary>Takes a line; it is parsed only when somebody looks, so that the pipe is emptied as fast as Sonde fills it.</summary>
    public void Add(string line)
    {
        lock (_unread)
        {
            _unread.Add(line);
            _more.TrySetResult();
        }
    }

    /// <summary>What has come and fits, in the order of the requests' beginnings.</summary>
    public Span[] Where(Func<Span, bool> fits)
    {
        lock (_spans)
        {
            Parse();
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

    private void Parse()
    {
        string[] lines;
        lock (_unread)
        {
            lines = [.. _unread];
            _unread.Clear();
        }

        _spans.AddRange(lines.Select(Span.Parse));
    }

    private string Describe(Span[] found)
    {
        lock (_spans)
        {
            return $"The last that fit:\n{string.Join('\n', found.TakeLast(5))}\nThe last of all:\n{string.Join('\n', _spans.TakeLast(5))}";
        }
    }

    private Task NextAsync()
    {
        lock (_unread)
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
