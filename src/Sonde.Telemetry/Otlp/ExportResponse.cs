using System.Text;

namespace Sonde.Telemetry.Otlp;

/// <summary>How an attempt to export ended.</summary>
internal enum ExportOutcome
{
    /// <summary>The receiver took the request, perhaps without <see cref="ExportResult.Rejected"/> of its items.</summary>
    Accepted,

    /// <summary>It may succeed later: the receiver is away, busy or asks to wait.</summary>
    Retryable,

    /// <summary>It will never succeed: the receiver refuses the request.</summary>
    Refused,
}

/// <summary>What came of one attempt.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Rejected">Spans or points that the receiver did not take of an accepted request (partial success).</param>
/// <param name="RetryAfter">How long the receiver asks to wait.</param>
/// <param name="Message">The reason for a person, without secrets; null when there is nothing to say.</param>
internal readonly record struct ExportResult(
    ExportOutcome Outcome, long Rejected = 0, TimeSpan? RetryAfter = null, string? Message = null);

/// <summary>Reads a receiver's answers.</summary>
internal static class ExportResponse
{
    private const int MaxMessageLength = 300;

    /// <summary>
    /// Reads <c>ExportTraceServiceResponse</c> or <c>ExportMetricsServiceResponse</c>: partial_success = 1, in which
    /// rejected_spans or rejected_data_points = 1 and error_message = 2.
    /// </summary>
    public static ExportResult Accepted(ReadOnlySpan<byte> response)
    {
        long rejected = 0;
        string? message = null;
        var reader = new ProtobufReader(response);
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                continue;
            }

            var partial = new ProtobufReader(reader.Bytes);
            while (partial.Next())
            {
                switch (partial.Field)
                {
                    case 1:
                        rejected = Math.Max(0, (long)partial.Number);
                        break;
                    case 2:
                        message = Printable(partial.Bytes);
                        break;
                }
            }
        }

        return new ExportResult(ExportOutcome.Accepted, rejected, null, message);
    }

    /// <summary>
    /// Reads <c>google.rpc.Status</c> (message = 2, details = 3, each an <c>Any</c> with type_url = 1 and value = 2), and of
    /// its details <c>google.rpc.RetryInfo</c> (retry_delay = 1, a <c>Duration</c> with seconds = 1 and nanos = 2).
    /// </summary>
    /// <returns>The message, or null; and the delay when a RetryInfo is there.</returns>
    public static (string? Message, TimeSpan? RetryAfter) Status(ReadOnlySpan<byte> status)
    {
        string? message = null;
        TimeSpan? delay = null;
        var reader = new ProtobufReader(status);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    message = Printable(reader.Bytes);
                    break;
                case 3:
                    delay = RetryDelay(reader.Bytes) ?? delay;
                    break;
            }
        }

        return (message, delay);
    }

    /// <summary>A receiver's text in one short line without control characters, or null when it is empty.</summary>
    public static string? Printable(ReadOnlySpan<byte> utf8)
    {
        string text = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, MaxMessageLength)]);
        text = string.Create(text.Length, text, static (line, source) =>
        {
            for (int i = 0; i < line.Length; i++)
            {
                line[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        }).Trim();
        return text.Length == 0 ? null : text;
    }

    private static TimeSpan? RetryDelay(ReadOnlySpan<byte> any)
    {
        ReadOnlySpan<byte> type = default;
        ReadOnlySpan<byte> value = default;
        var reader = new ProtobufReader(any);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    type = reader.Bytes;
                    break;
                case 2:
                    value = reader.Bytes;
                    break;
            }
        }

        if (!type.EndsWith("/google.rpc.RetryInfo"u8))
        {
            return null;
        }

        var info = new ProtobufReader(value);
        while (info.Next())
        {
            if (info.Field == 1)
            {
                return Duration(info.Bytes);
            }
        }

        return TimeSpan.Zero;
    }

    private static TimeSpan Duration(ReadOnlySpan<byte> duration)
    {
        long seconds = 0;
        long nanoseconds = 0;
        var reader = new ProtobufReader(duration);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    seconds = (long)reader.Number;
                    break;
                case 2:
                    nanoseconds = (int)reader.Number;
                    break;
            }
        }

        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, (long)TimeSpan.FromDays(1).TotalSeconds))
            + TimeSpan.FromMicroseconds(Math.Max(0, nanoseconds) / 1000.0);
    }
}
