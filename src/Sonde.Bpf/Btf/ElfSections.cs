using System.Buffers.Binary;

namespace Sonde.Bpf.Btf;

/// <summary>The section table of a little-endian 64-bit ELF file (elf(5)).</summary>
internal static class ElfSections
{
    private const int HeaderSize = 64;

    /// <exception cref="InvalidDataException">The file is no such ELF file or has no such section.</exception>
    internal static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file, ReadOnlySpan<byte> name)
    {
        if (file.Length < HeaderSize || !file.StartsWith("\x7F"u8) || !file[1..].StartsWith("ELF\x02\x01"u8))
        {
            throw new InvalidDataException("This is not a little-endian 64-bit ELF file.");
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        ReadOnlySpan<byte> names = Content(file, BinaryPrimitives.ReadUInt16LittleEndian(file[62..]));
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> candidate = names[(int)BinaryPrimitives.ReadUInt32LittleEndian(Header(file, i))..];
            if (candidate[..candidate.IndexOf((byte)0)].SequenceEqual(name))
            {
                return Content(file, i);
            }
        }

        throw new InvalidDataException($"This ELF file has no section {System.Text.Encoding.ASCII.GetString(name)}: compile it with -g.");
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> file, int index) =>
        file.Slice(checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file[40..]) + index * HeaderSize), HeaderSize);

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> file, int index)
    {
        ReadOnlySpan<byte> header = Header(file, index);
        return file.Slice(
            checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[24..])),
            checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[32..])));
    }
}
