namespace Sonde.Bpf.Elf;

/// <summary>A section of an ELF file: what it is, where it is loaded and where it stands in the file.</summary>
/// <param name="Name">Such as <c>.dynsym</c>.</param>
/// <param name="Type"><c>sh_type</c>.</param>
/// <param name="Address">Where it is loaded, as the file's own addresses count; 0 for what is not loaded.</param>
/// <param name="Offset">In the file, in bytes.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Link">The index of a section that belongs to it: a symbol table's names.</param>
public readonly record struct ElfSection(string Name, uint Type, ulong Address, long Offset, long Size, int Link);

/// <summary>A part of the file that is mapped when it runs (<c>PT_LOAD</c>).</summary>
/// <param name="Address">Of its first byte, as the file's own addresses count.</param>
/// <param name="Offset">In the file, in bytes.</param>
/// <param name="Size">Bytes that come from the file.</param>
/// <param name="IsExecutable">True for code.</param>
public readonly record struct ElfSegment(ulong Address, long Offset, long Size, bool IsExecutable);

/// <summary>What the code of an ELF file runs on (<c>e_machine</c>).</summary>
public enum ElfMachine
{
    None = 0,
    X64 = 62,
    Bpf = 247,
    Arm64 = 183,
}
