using Microsoft.Win32.SafeHandles;

namespace Sonde.Telemetry.Console;

/// <summary>The process's standard output as a stream that tells when its reader has gone.</summary>
public static class StandardOutput
{
    private const int BrokenPipe = 32; // EPIPE, errno(3)

    /// <summary>Opens file descriptor 1. Closing the stream leaves the descriptor open.</summary>
    /// <remarks>
    /// <see cref="System.Console.OpenStandardOutput()"/> swallows EPIPE, a <see cref="FileStream"/> does not. A file goes through
    /// the former all the same: a <see cref="FileStream"/> keeps an offset of its own and would write over what standard error
    /// puts into the same file.
    /// </remarks>
    public static Stream Open()
    {
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek ? System.Console.OpenStandardOutput() : pipe;
    }

    /// <summary>Whether a write failed because nobody reads any more (<c>| head</c>), which is no error.</summary>
    public static bool IsReaderGone(IOException exception) => exception.HResult == BrokenPipe;
}
