using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Sonde.Bpf.Elf;

namespace Sonde.Bpf.Btf;

/// <summary>
/// All types of a kernel or of an object file, read from their BTF (Documentation/bpf/btf.rst). Types are read in place when asked for;
/// the index by name is built by the first look-up, in a millisecond. The running kernel's may be forgotten between uses.
/// </summary>
public sealed class BtfTypes
{
    public const string KernelPath = "/sys/kernel/btf/vmlinux";
    private const ushort Magic = 0xeb9f;
    private const int FileHeaderSize = 24;

    private readonly Func<byte[]> _read;
    private Content? _content;
    private BtfNameIndex? _names;

    private BtfTypes(Func<byte[]> read)
    {
        _read = read;
        _content = new(read());
        Count = _content.TypeOffsets.Length;
    }

    /// <summary>The number of types, <c>void</c> included; ids are below it.</summary>
    public int Count { get; }

    public BtfType this[uint id] => id < (uint)Count
        ? new(this, id)
        : throw new InvalidDataException($"BTF names type {id}, but there are only {Count}.");

    /// <summary>Reads raw BTF, as in <c>/sys/kernel/btf</c> or the <c>.BTF</c> section. The bytes are kept, not copied.</summary>
    /// <exception cref="InvalidDataException">It is not BTF or is damaged.</exception>
    public static BtfTypes Parse(byte[] bytes) => new(() => bytes);

    /// <summary>Reads the running kernel's types: some 8 MB, until they are forgotten.</summary>
    /// <exception cref="IOException">The kernel has none.</exception>
    public static BtfTypes OfKernel() => new(() => File.ReadAllBytes(KernelPath));

    /// <summary>Gives the memory back. Types stay good: what they are is read again when it is next asked for.</summary>
    public void Forget() => (_content, _names) = (null, null);

    /// <summary>Reads the types of a compiled object.</summary>
    /// <exception cref="InvalidDataException">It is not a 64-bit ELF file with a <c>.BTF</c> section.</exception>
    public static BtfTypes OfObject(ReadOnlyMemory<byte> elf)
    {
        ElfFile file = new(elf);
        return !file.IsElf ? throw new InvalidDataException("This is not a little-endian 64-bit ELF file.")
            : file.TryFind(".BTF", out ElfSection section) ? Parse(file.Read(section, int.MaxValue))
            : throw new InvalidDataException("This ELF file has no section .BTF: compile it with -g.");
    }

    /// <summary>Finds the first type of that kind and name.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, BtfKind kind, out BtfType type) => (_names ??= new(this)).TryFind(name, kind, out type);

    /// <inheritdoc cref="TryFind(ReadOnlySpan{byte}, BtfKind, out BtfType)"/>
    public bool TryFind(string name, BtfKind kind, out BtfType type) => TryFind(Encoding.UTF8.GetBytes(name), kind, out type);

    public bool Contains(string name, BtfKind kind) => TryFind(name, kind, out _);

    /// <summary>Finds the first enumeration with a constant of that name.</summary>
    public bool TryFindConstant(string name, out long value, out BtfType enumeration)
    {
        foreach (uint offset in OffsetsOf(Encoding.UTF8.GetBytes(name)))
        {
            foreach (BtfType candidate in All.Where(type => type.Kind is BtfKind.Enum or BtfKind.Enum64))
            {
                if (candidate.TryFindEnumerator(offset, out value))
                {
                    enumeration = candidate;
                    return true;
                }
            }
        }

        (value, enumeration) = (0, default);
        return false;
    }

    /// <summary>All types by their ids, without <c>void</c>.</summary>
    public IEnumerable<BtfType> All => Enumerable.Range(1, Count - 1).Select(id => new BtfType(this, (uint)id));

    private Content Loaded => _content ??= new(_read());

    internal ReadOnlySpan<byte> TypeBytes(uint id) => Loaded.Type(id);

    internal ReadOnlySpan<byte> StringAt(uint offset)
    {
        ReadOnlySpan<byte> rest = Loaded.Strings[(int)offset..];
        return rest[..rest.IndexOf((byte)0)];
    }

    /// <summary>Where a text stands among the strings: once, but for BTF that was put together carelessly.</summary>
    internal List<uint> OffsetsOf(ReadOnlySpan<byte> text)
    {
        List<uint> offsets = [];
        if (text.IsEmpty)
        {
            return offsets;
        }

        ReadOnlySpan<byte> strings = Loaded.Strings;
        Span<byte> whole = [0, .. text, 0];
        for (int at = 0; strings[at..].IndexOf(whole) is >= 0 and int distance; at += distance + 1)
        {
            offsets.Add((uint)(at + distance + 1));
        }

        return offsets;
    }

    /// <summary>The bytes, and where in them things are.</summary>
    private sealed class Content
    {
        private readonly byte[] _bytes;
        private readonly int _stringsStart;
        private readonly int _stringsEnd;

        internal Content(byte[] bytes)
        {
            if (bytes.Length < FileHeaderSize || BinaryPrimitives.ReadUInt16LittleEndian(bytes) != Magic)
            {
                throw new InvalidDataException("This is not BTF: the magic number 0xeB9F is missing.");
            }

            ReadOnlySpan<uint> header = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan(4, 20));
            long start = header[0], typesEnd = start + header[1] + header[2], stringsEnd = start + header[3] + header[4];
            if (typesEnd > bytes.Length || stringsEnd > bytes.Length)
            {
                throw new InvalidDataException("This BTF is cut short.");
            }

            _bytes = bytes;
            _stringsStart = (int)(start + header[3]);
            _stringsEnd = (int)stringsEnd;
            TypeOffsets = FindTypes(bytes, (int)(start + header[1]), (int)typesEnd);
        }

        internal int[] TypeOffsets { get; }

        internal ReadOnlySpan<byte> Strings => _bytes.AsSpan(_stringsStart, _stringsEnd - _stringsStart);

        internal ReadOnlySpan<byte> Type(uint id) => _bytes.AsSpan(TypeOffsets[id]);

        private static int[] FindTypes(byte[] bytes, int start, int end)
        {
            List<int> offsets = new((end - start) / 32) { 0 };
            for (int at = start; at < end;)
            {
                offsets.Add(at);
                at += BtfType.HeaderSize + BtfType.TrailerSize(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4)));
            }

            return [.. offsets];
        }
    }
}
