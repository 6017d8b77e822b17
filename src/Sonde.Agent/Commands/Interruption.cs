using System.Runtime.InteropServices;

namespace Sonde.Agent.Commands;

/// <summary>Ctrl-C and the signals that mean the same: the first asks to end, the second ends at once.</summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>timeout(1) signals its child and then its group, which the child is in.</summary>
    private static readonly TimeSpan s_sameSignal = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long _first;

    public Interruption() =>
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];

    /// <summary>Is cancelled by the first signal, or by <see cref="End"/>.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Asks to end.</summary>
    public void End() => _source.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    /// <summary>What is not cancelled here does what it does by default: it kills.</summary>
    private void OnSignal(PosixSignalContext context)
    {
        if (!_source.IsCancellationRequested)
        {
            context.Cancel = true;
            _first = TimeProvider.System.GetTimestamp();
            _source.Cancel();
        }
        else if (_first != 0 && TimeProvider.System.GetElapsedTime(_first) < s_sameSignal)
        {
            context.Cancel = true;
        }
    }
}
