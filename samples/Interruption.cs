using System.Runtime.InteropServices;

/// <summary>Ctrl+C, or the signal that asks a program to end.</summary>
internal static class Interruption
{
    public static async Task Wait()
    {
        var told = new TaskCompletionSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        await told.Task;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            told.TrySetResult();
        }
    }
}
