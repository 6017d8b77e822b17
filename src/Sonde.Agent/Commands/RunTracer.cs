using Sonde.Agent.Configuration;
using Sonde.Telemetry.Export;

namespace Sonde.Agent.Commands;

/// <summary>
/// Loads the kernel half and gives up the privileges that only that needs. To be called before anything starts a thread (a handler of
/// signals, a writer): a thread that exists keeps what it has.
/// </summary>
/// <param name="settings">All settings.</param>
/// <exception cref="CannotRunException">This machine, or this user, cannot trace.</exception>
internal delegate RunTracer LoadTracer(SondeSettings settings);

/// <summary>Traces until it is cancelled, then sends what is pending and lets go of the kernel half. To be called once.</summary>
/// <param name="exporters">Get every sampled span; flushed and disposed of at the end.</param>
/// <param name="ready">To be called once, when capture is on, with a clause that says what is traced and how.</param>
/// <param name="cancellationToken">Ends the tracing.</param>
internal delegate Task RunTracer(IReadOnlyList<ISpanExporter> exporters, Action<string> ready, CancellationToken cancellationToken);

/// <summary>Sonde cannot run here; the message is one sentence that says what to do.</summary>
internal sealed class CannotRunException(string message) : Exception(message);

/// <summary>The exit statuses of <c>sonde</c>.</summary>
internal static class ExitStatus
{
    public const int Good = 0;
    public const int CannotRun = 1;
    public const int WrongUsage = 2;
}
