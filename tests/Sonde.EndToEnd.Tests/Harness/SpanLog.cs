using System.Diagnostics;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>
/// The file that Sonde writes its spans to, and a way to wait for more. A file, because a test that is slow for a moment
/// to empty a pipe makes Sonde drop lines.
/// </summary>
internal sealed class SpanLog(string path) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly StreamReader _reader = new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite));
    private readonly List<Span> _spans = [];
    private string _begun = "";

    /// <summary>What has come and fits, in the order of the requests' beginnings.</summary>
    public Span[] Where(Func<Span, bool> fits)
    {
        // The last line may be half written.
        string[] lines = (_begun + _reader.ReadToEnd()).Split('\n');
        _begun = lines[^1];
        _spans.AddRange(lines[..^1].Select(Span.Parse));
        return [.. _spans.Where(fits).OrderBy(span => span.Start)];
    }

    /// <summary>Waits until at least so many spans fit, and fails after the deadline, saying what there was instead.</summary>
    public async Task<Span[]> WaitForAsync(Func<Span, bool> fits, int count, TimeSpan deadline)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); ; await Task.Delay(Pause))
        {
            Span[] found = Where(fits);
            if (found.Length >= count)
            {
                return found;
            }

            if (waited.Elapsed > deadline)
            {
                throw new TimeoutException(
                    $"{found.Length} of {count} spans came within {deadline.TotalSeconds} s.\nThe last that fit:\n{Join(found)}\nThe last of all:\n{Join(_spans)}");
            }
        }
    }

    public void Dispose() => _reader.Dispose();

    private static string Join(IEnumerable<Span> spans) => string.Join('\n', spans.TakeLast(5));
}
