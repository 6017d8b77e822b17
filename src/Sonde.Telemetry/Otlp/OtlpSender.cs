using Sonde.Telemetry.Export;

namespace Sonde.Telemetry.Otlp;

/// <summary>Brings requests to the receiver: tries again as the protocol allows, counts, and tells a person what they must know.</summary>
/// <param name="transport">Makes the attempts; owned.</param>
/// <param name="counters">Counts what became of the items.</param>
/// <param name="log">Takes lines for a person.</param>
internal sealed class OtlpSender(OtlpTransport transport, ExportCounters counters, Action<string> log) : IDisposable
{
    private readonly ExportLog _log = new(transport.Settings, log);
    private readonly SemaphoreSlim _hurry = new(0);

    /// <summary>Sends one request, waiting between attempts for as long as it takes.</summary>
    /// <param name="request">The encoded request, not to be changed before the task ends.</param>
    /// <param name="items">How many spans or points are in it.</param>
    /// <param name="giveUp">Ends the attempts; the items count as dropped then.</param>
    /// <returns>Whether the receiver took the request.</returns>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> request, int items, CancellationToken giveUp)
    {
        var backoff = default(Backoff);
        try
        {
            while (true)
            {
                ExportResult result = await transport.SendAsync(request, giveUp).ConfigureAwait(false);
                switch (result.Outcome)
                {
                    case ExportOutcome.Accepted:
                        long rejected = Math.Min(result.Rejected, items);
                        counters.AddSent(items - rejected);
                        counters.AddRejected(rejected);
                        _log.Accepted(result);
                        return true;
                    case ExportOutcome.Refused:
                        counters.AddDropped(items);
                        _log.Refused(result, items);
                        return false;
                    default:
                        counters.AddRetried(items);
                        _log.Away(result);
                        if (await WaitAsync(backoff.Next(result.RetryAfter), result.RetryAfter is null, giveUp).ConfigureAwait(false))
                        {
                            backoff = default;
                        }

                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            counters.AddDropped(items);
            return false;
        }
    }

    /// <summary>
    /// Ends the wait before the next attempt, unless the receiver asked for it: Sonde is about to end. Also the next wait,
    /// when there is none now.
    /// </summary>
    public void Hurry()
    {
        if (_hurry.CurrentCount == 0)
        {
            _hurry.Release();
        }
    }

    public void Dispose()
    {
        transport.Dispose();
        _hurry.Dispose();
    }

    /// <returns>Whether the wait was cut short.</returns>
    private async Task<bool> WaitAsync(TimeSpan wait, bool mayHurry, CancellationToken giveUp)
    {
        if (mayHurry)
        {
            return await _hurry.WaitAsync(wait, giveUp).ConfigureAwait(false);
        }

        await Task.Delay(wait, giveUp).ConfigureAwait(false);
        return false;
    }
}
