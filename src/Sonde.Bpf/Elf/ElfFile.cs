using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Bpf.Elf;

/// <summary>
/// The tables of a 64-bit little-endian ELF file (elf(5)). The file is somebody else's: it may be damaged, cut short or change
/// while it is read. What cannot be read is as if it were not there, and no table is read beyond a fixed size.
/// </summary>
public sealed class ElfFile
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int MaxSections = 4096;
    private const int MaxNameBytes = 256 * 1024;
    private const uint NoBits = 8; // SHT_NOBITS
    private const uint Loaded = 1; // PT_LOAD
    private const uint ExecutableFlag = 1; // PF_X

    private readonly ElfBytes _bytes;
    private readonly ElfSection?[] _sections = [];

    /// <param name="file">Stays the caller's, who keeps it open as long as this is used.</param>
    public ElfFile(SafeFileHandle file)
        : this(new ElfBytes(file))
    {
    }

    /// <param name="bytes">The whole file.</param>
    public ElfFile(ReadOnlyMemory<byte> bytes)
        : this(new ElfBytes(bytes))
    {
    }

    private ElfFile(ElfBytes bytes)
    {
        _bytes = bytes;
        byte[] header = bytes.Read(0, HeaderSize);
        if (header.Length < HeaderSize || !header.AsSpan().StartsWith(Magic))
        {
            return;
        }

        IsElf = true;
        Machine = (ElfMachine)BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x12));
        Segments = ReadSegments(header);
        _sections = ReadSections(header);
    }

    /// <summary>False for everything that is not a 64-bit little-endian ELF file.</summary>
    public bool IsElf { get; }

    public ElfMachine Machine { get; }

    public IReadOnlyList<ElfSegment> Segments { get; } = [];

    /// <summary>All sections that have bytes in the file.</summary>
    public IEnumerable<ElfSection> Sections => _sections.OfType<ElfSection>();

    // ELFMAG, ELFCLASS64, ELFDATA2LSB
    private static ReadOnlySpan<byte> Magic => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1];

    public bool TryFind(string name, out ElfSection section)
    {
        foreach (ElfSection? candidate in _sections)
        {
            if (candidate is { } found && found.Name == name)
            {
                section = found;
                return true;
            }
        }

        section = default;
        return false;
    }

    /// <summary>The section at an index, as <see cref="ElfSection.Link"/> has it; null when there is none with bytes.</summary>
    public ElfSection? SectionAt(int index) => (uint)index < (uint)_sections.Length ? _sections[index] : null;

    /// <summary>The section's first bytes, at most <paramref name="limit"/>.</summary>
    public byte[] Read(ElfSection section, int limit) => _bytes.Read(section.Offset, (int)Math.Min(section.Size, limit));

    /// <summary>Where an address of the file's own stands in the file: what a uprobe is placed by.</summary>
    public bool TryGetOffset(ulong address, out long offset)
    {
        foreach (ElfSegment segment in Segments)
        {
            if (address >= segment.Address && address - segment.Address < (ulong)segment.Size)
            {
                offset = segment.Offset + (long)(address - segment.Address);
                return true;
            }
        }

        offset = 0;
        return false;
    }

    /// <summary>The file's own address of a place in it: the opposite of <see cref="TryGetOffset"/>.</summary>
    public bool TryGetAddress(long offset, out ulong address)
    {
        foreach (ElfSegment segment in Segments)
        {
            if (offset >= segment.Offset && offset - segment.Offset < segment.Size)
            {
                address = segment.Address + (ulong)(offset - segment.Offset);
                return true;
            }
        }

        address = 0;
        return false;
    }

    private List<ElfSegment> ReadSegments(ReadOnlySpan<byte> header)
    {
        List<ElfSegment> segments = [];
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[0x38..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[0x36..]) != ProgramHeaderSize)
        {
            return segments;
        }

        ReadOnlySpan<byte> table = _bytes.Read(BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]), count * ProgramHeaderSize);
        for (; table.Length >= ProgramHeaderSize; table = table[ProgramHeaderSize..])
        {
            long offset = BinaryPrimitives.ReadInt64LittleEndian(table[8..]), size = BinaryPrimitives.ReadInt64LittleEndian(table[32..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(table) == Loaded && offset >= 0 && size >= 0)
            {
                bool isExecutable = (BinaryPrimitives.ReadUInt32LittleEndian(table[4..]) & ExecutableFlag) != 0;
                segments.Add(new(BinaryPrimitives.ReadUInt64LittleEndian(table[16..]), offset, size, isExecutable));
            }
        }

        return segments;
    }

    private ElfSection?[] ReadSections(ReadOnlySpan<byte> header)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[0x3C..]);
        int nameIndex = BinaryPrimitives.ReadUInt16LittleEndian(header[0x3E..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[0x3A..]) != SectionHeaderSize || count > MaxSections || nameIndex >= count)
        {
            return [];
        }

        byte[] table = _bytes.Read(BinaryPrimitives.ReadInt64LittleEndian(header[0x28..]), count * SectionHeaderSize);
        if (table.Length < count * SectionHeaderSize)
        {
            return [];
        }

        ReadOnlySpan<byte> namesHeader = table.AsSpan(nameIndex * SectionHeaderSize);
        byte[] names = _bytes.Read(
            BinaryPrimitives.ReadInt64LittleEndian(namesHeader[0x18..]),
            (int)Math.Min(BinaryPrimitives.ReadInt64LittleEndian(namesHeader[0x20..]), MaxNameBytes));
        ElfSection?[] sections = new ElfSection?[count];
        for (int index = 0; index < count; index++)
        {
            sections[index] = SectionOf(table.AsSpan(index * SectionHeaderSize), names);
        }

        return sections;
    }

    private static ElfSection? SectionOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> names)
    {
        uint name = BinaryPrimitives.ReadUInt32LittleEndian(header), type = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        long offset = BinaryPrimitives.ReadInt64LittleEndian(header[0x18..]), size = BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]);
        if (type == NoBits || offset < 0 || size < 0 || name >= (uint)names.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> text = names[(int)name..];
        int end = text.IndexOf((byte)0);
        return new(
            Encoding.ASCII.GetString(end < 0 ? text : text[..end]),
            type,
            BinaryPrimitives.ReadUInt64LittleEndian(header[0x10..]),
            offset,
            size,
            (int)BinaryPrimitives.ReadUInt32LittleEndian(header[0x28..]));
    }
}
