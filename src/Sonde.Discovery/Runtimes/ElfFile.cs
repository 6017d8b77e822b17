using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Runtimes;

/// <summary>A section of an ELF file: where it stands in the file, in bytes.</summary>
internal readonly record struct ElfSection(string Name, long Offset, long Size);

/// <summary>The section table of a 64-bit little-endian ELF file (elf(5)). Another file, or a damaged one, has no sections.</summary>
internal sealed class ElfFile
{
    private const int HeaderBytes = 64;
    private const int SectionHeaderBytes = 64;
    private const int MaxSections = 256;
    private const int MaxNameBytes = 16 * 1024;
    private const uint NoBits = 8; // SHT_NOBITS

    // ELFMAG, ELFCLASS64, ELFDATA2LSB
    private static ReadOnlySpan<byte> Magic => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1];

    private readonly SafeFileHandle _file;
    private readonly List<ElfSection> _sections = [];

    /// <param name="file">Stays the caller's, who keeps it open as long as this is used.</param>
    public ElfFile(SafeFileHandle file)
    {
        _file = file;
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (BoundedFile.Read(file, header) < HeaderBytes || !header.StartsWith(Magic))
        {
            return;
        }

        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[0x3C..]);
        var nameIndex = BinaryPrimitives.ReadUInt16LittleEndian(header[0x3E..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[0x3A..]) != SectionHeaderBytes || count > MaxSections || nameIndex >= count)
        {
            return;
        }

        var table = ReadAt(BinaryPrimitives.ReadInt64LittleEndian(header[0x28..]), count * SectionHeaderBytes);
        if (table.Length == count * SectionHeaderBytes)
        {
            AddSections(table, nameIndex);
        }
    }

    public bool TryFind(string name, out ElfSection section)
    {
        foreach (var candidate in _sections)
        {
            if (candidate.Name == name)
            {
                section = candidate;
                return true;
            }
        }

        section = default;
        return false;
    }

    /// <summary>The section's first bytes, at most <paramref name="limit"/>.</summary>
    public byte[] Read(ElfSection section, int limit) => ReadAt(section.Offset, (int)Math.Min(section.Size, limit));

    private void AddSections(byte[] table, int nameIndex)
    {
        var (_, _, namesOffset, namesSize) = HeaderAt(table, nameIndex);
        var names = ReadAt(namesOffset, (int)Math.Min(namesSize, MaxNameBytes));
        for (var index = 0; index < table.Length / SectionHeaderBytes; index++)
        {
            var (name, type, offset, size) = HeaderAt(table, index);
            if (type == NoBits || size < 0 || name >= (uint)names.Length)
            {
                continue;
            }

            var text = names.AsSpan((int)name);
            var end = text.IndexOf((byte)0);
            _sections.Add(new ElfSection(Encoding.ASCII.GetString(end < 0 ? text : text[..end]), offset, size));
        }
    }

    private static (uint Name, uint Type, long Offset, long Size) HeaderAt(byte[] table, int index)
    {
        var header = table.AsSpan(index * SectionHeaderBytes, SectionHeaderBytes);
        return (
            BinaryPrimitives.ReadUInt32LittleEndian(header),
            BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[0x18..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]));
    }

    private byte[] ReadAt(long offset, int length)
    {
        if (offset < 0 || length <= 0)
        {
            return [];
        }

        var bytes = new byte[length];
        var read = BoundedFile.Read(_file, bytes, offset);
        return read == length ? bytes : bytes[..read];
    }
}
