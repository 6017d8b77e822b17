using Microsoft.Win32.SafeHandles;

namespace Sonde.Discovery.Procfs;

/// <summary>
/// Files that belong to others: they may be missing, forbidden, endless or gone in the middle of a read, and none of that is an error here.
/// </summary>
internal static class BoundedFile
{
    /// <summary>Opens a file of <c>/proc</c>; null when it is not there or may not be read.</summary>
    public static SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Opens a regular file in an application's tree; null also when it is empty.</summary>
    /// <remarks>
    /// A FIFO or a device has no length; opening one would wait for a writer or set off who knows what. A symbolic link in another's root
    /// would be followed in ours, so it isn't followed.
    /// </remarks>
    public static SafeFileHandle? OpenRegular(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && file.LinkTarget is null && file.Length > 0 ? Open(path) : null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads until the buffer is full or the file ends; <c>/proc</c> gives a page at a time.</summary>
    /// <returns>The number of bytes read; those before an error count.</returns>
    public static int Read(SafeFileHandle file, Span<byte> into, long offset = 0)
    {
        var length = 0;
        while (length < into.Length)
        {
            var read = ReadOnce(file, into[length..], offset + length);
            if (read <= 0)
            {
                break;
            }

            length += read;
        }

        return length;
    }

    /// <summary>One read; zero at the end of the file, or when the process went away meanwhile.</summary>
    public static int ReadOnce(SafeFileHandle file, Span<byte> into, long offset)
    {
        try
        {
            return RandomAccess.Read(file, into, offset);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
