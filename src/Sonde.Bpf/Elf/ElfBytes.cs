using Microsoft.Win32.SafeHandles;

namespace Sonde.Bpf.Elf;

/// <summary>The bytes of a file on disk or in memory. A file is read, not mapped: one that shrinks meanwhile must not end the process.</summary>
internal readonly struct ElfBytes
{
    private readonly SafeFileHandle? _file;
    private readonly ReadOnlyMemory<byte> _memory;

    internal ElfBytes(SafeFileHandle file) => _file = file;

    internal ElfBytes(ReadOnlyMemory<byte> memory) => _memory = memory;

    /// <summary>The bytes from an offset on; fewer where the file ends or cannot be read.</summary>
    internal byte[] Read(long offset, int length)
    {
        long available = Length - offset;
        if (offset < 0 || length <= 0 || available <= 0)
        {
            return [];
        }

        byte[] bytes = new byte[Math.Min(length, available)];
        int read = 0;
        if (_file is null)
        {
            _memory.Span.Slice((int)offset, bytes.Length).CopyTo(bytes);
            return bytes;
        }

        while (read < bytes.Length && ReadOnce(bytes.AsSpan(read), offset + read) is > 0 and int more)
        {
            read += more;
        }

        return read == bytes.Length ? bytes : bytes[..read];
    }

    private long Length
    {
        get
        {
            try
            {
                return _file is null ? _memory.Length : RandomAccess.GetLength(_file);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    private int ReadOnce(Span<byte> into, long offset)
    {
        try
        {
            return RandomAccess.Read(_file!, into, offset);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
