using System.Globalization;
using Sonde.Telemetry.Otlp;

namespace Sonde.Telemetry.Export;

/// <summary>
/// How spans are queued and put together: the <c>OTEL_BSP_*</c> variables. The defaults are Sonde's own
/// (<c>docs/decisions/0003</c>): one exporter serves a whole machine, not one process.
/// </summary>
public sealed record BatchSettings
{
    /// <summary>The longest that a span waits for others before it is sent.</summary>
    public TimeSpan ScheduleDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The spans that may wait; the bytes that they may take together are <see cref="BytesPerSpan"/> times as many. When
    /// either is reached the oldest are dropped.
    /// </summary>
    public int MaxQueueSize { get; init; } = 16_384;

    /// <summary>The most spans in one request.</summary>
    public int MaxExportBatchSize { get; init; } = 2_048;

    /// <summary>How long one request may be tried before its spans are dropped; infinite keeps them as long as the queue has room.</summary>
    public TimeSpan ExportTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    internal const int BytesPerSpan = 512;

    /// <summary>Reads the settings.</summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that cannot be used; its default is used instead.</param>
    public static BatchSettings Read(Func<string, string?> environment, ICollection<string> warnings)
    {
        var standard = new BatchSettings();
        int queue = ReadCount("OTEL_BSP_MAX_QUEUE_SIZE", standard.MaxQueueSize);
        int batch = ReadCount("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Math.Min(standard.MaxExportBatchSize, queue));
        if (batch > queue)
        {
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"OTEL_BSP_MAX_EXPORT_BATCH_SIZE={batch} is more than the queue holds: {queue}, its size, is used."));
            batch = queue;
        }

        TimeSpan timeout = ReadTime("OTEL_BSP_EXPORT_TIMEOUT", standard.ExportTimeout);
        return new BatchSettings
        {
            ScheduleDelay = ReadTime("OTEL_BSP_SCHEDULE_DELAY", standard.ScheduleDelay),
            MaxQueueSize = queue,
            MaxExportBatchSize = batch,
            ExportTimeout = timeout == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout,
        };

        int ReadCount(string name, int otherwise)
        {
            if (environment(name)?.Trim() is not { Length: > 0 } value)
            {
                return otherwise;
            }

            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0)
            {
                return count;
            }

            warnings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}={value} is not a number from 1 to {int.MaxValue}: {otherwise} is used."));
            return otherwise;
        }

        TimeSpan ReadTime(string name, TimeSpan otherwise)
        {
            if (environment(name)?.Trim() is not { Length: > 0 } value)
            {
                return otherwise;
            }

            if (Milliseconds.TryParse(value, out TimeSpan time))
            {
                return time;
            }

            warnings.Add(Milliseconds.Complaint(name, value, otherwise));
            return otherwise;
        }
    }
}
