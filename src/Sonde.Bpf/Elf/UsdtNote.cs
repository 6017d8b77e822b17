using System.Buffers.Binary;
using System.Text;

namespace Sonde.Bpf.Elf;

/// <summary>A user-space static probe, as <c>sys/sdt.h</c> leaves it in a note: one place of perhaps several with the same name.</summary>
/// <param name="Provider">Such as <c>libc</c>.</param>
/// <param name="Name">Such as <c>setjmp</c>.</param>
/// <param name="Offset">The place in the file, in bytes.</param>
/// <param name="SemaphoreOffset">The place in the file of the 16-bit count that a tracer holds up; 0 without.</param>
/// <param name="Arguments">Where the arguments are, as the assembler wrote it: <c>8@%rdi -4@%eax</c>.</param>
public sealed record UsdtNote(string Provider, string Name, long Offset, long SemaphoreOffset, string Arguments)
{
    private const int MaxBytes = 16 * 1024 * 1024;
    private const uint NoteType = 3; // NT_STAPSDT
    private const int HeaderSize = 12, AddressesSize = 24;

    /// <summary>All probes of a file, in its order; those that are damaged are left out.</summary>
    /// <remarks>The layout is that of the note section <c>.note.stapsdt</c>: https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation.</remarks>
    public static IReadOnlyList<UsdtNote> Of(ElfFile file)
    {
        List<UsdtNote> notes = [];
        if (!file.TryFind(".note.stapsdt", out ElfSection section))
        {
            return notes;
        }

        // A prelinked file was moved after the notes were written: by as much as this section.
        ulong actualBase = file.TryFind(".stapsdt.base", out ElfSection marker) ? marker.Address : 0;
        ReadOnlySpan<byte> rest = file.Read(section, MaxBytes);
        while (rest.Length >= HeaderSize)
        {
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(rest), size = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
            rest = rest[HeaderSize..];
            if (nameSize > (uint)rest.Length || size > (uint)rest.Length || Padded(nameSize) + Padded(size) > rest.Length + 3)
            {
                break;
            }

            ReadOnlySpan<byte> name = rest[..(int)nameSize], content = rest[Math.Min(Padded(nameSize), rest.Length)..];
            content = content[..Math.Min((int)size, content.Length)];
            if (type == NoteType && name.SequenceEqual("stapsdt\0"u8) && Parse(content, file, actualBase) is { } note)
            {
                notes.Add(note);
            }

            rest = rest[Math.Min(Padded(nameSize) + Padded(size), rest.Length)..];
        }

        return notes;
    }

    private static UsdtNote? Parse(ReadOnlySpan<byte> content, ElfFile file, ulong actualBase)
    {
        if (content.Length < AddressesSize)
        {
            return null;
        }

        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(content), noteBase = BinaryPrimitives.ReadUInt64LittleEndian(content[8..]);
        ulong semaphore = BinaryPrimitives.ReadUInt64LittleEndian(content[16..]);
        ulong moved = actualBase == 0 || noteBase == 0 ? 0 : actualBase - noteBase;
        long semaphoreOffset = 0;
        if (!file.TryGetOffset(address + moved, out long offset) || (semaphore != 0 && !file.TryGetOffset(semaphore + moved, out semaphoreOffset)))
        {
            return null;
        }

        ReadOnlySpan<byte> texts = content[AddressesSize..];
        string provider = Text(ref texts), name = Text(ref texts);
        return new(provider, name, offset, semaphoreOffset, Text(ref texts));
    }

    private static string Text(ref ReadOnlySpan<byte> texts)
    {
        int end = texts.IndexOf((byte)0);
        ReadOnlySpan<byte> text = end < 0 ? texts : texts[..end];
        texts = end < 0 ? default : texts[(end + 1)..];
        return Encoding.UTF8.GetString(text);
    }

    private static int Padded(uint size) => (int)(size + 3 & ~3u);
}
