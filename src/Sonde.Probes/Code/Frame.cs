using Sonde.Bpf.Instructions;

namespace Sonde.Probes.Code;

/// <summary>Memory at a constant offset from a register that outlives calls.</summary>
internal readonly record struct Place(BpfRegister Base, short Offset)
{
    internal Place At(int offset) => new(Base, checked((short)(Offset + offset)));
}

/// <summary>
/// A program's own memory: the stack's 512 bytes, and behind them, for what is larger than a limit, the entry of the program in the
/// scratch map, whose address is in r9.
/// </summary>
/// <param name="largestOnStack">Bytes: what is larger goes to the scratch map; null for a program without scratch entry.</param>
internal sealed class Frame(int? largestOnStack)
{
    private const int StackSize = 512, ScratchLimit = 32752;

    private int _stack;
    private int _scratch;

    internal bool HasScratch => largestOnStack is not null;

    /// <summary>The most bytes that were taken of the scratch entry.</summary>
    internal int ScratchBytes { get; private set; }

    /// <summary>Takes memory until the mark before it is returned to.</summary>
    /// <exception cref="FrameExhaustedException">There is none left.</exception>
    internal Place Take(int size)
    {
        size = (size + 7) & ~7;
        if (size > largestOnStack)
        {
            return TakeScratch(size);
        }

        _stack += size;
        return _stack <= StackSize ? new(BpfRegister.R10, (short)-_stack) : throw new FrameExhaustedException();
    }

    /// <summary>The same, of the scratch entry whatever the size, a multiple of 8.</summary>
    internal Place TakeScratch(int size)
    {
        _scratch += size;
        ScratchBytes = Math.Max(ScratchBytes, _scratch);
        return _scratch <= ScratchLimit ? new(BpfRegister.R9, (short)(_scratch - size)) : throw new FrameExhaustedException();
    }

    internal (int Stack, int Scratch) Mark() => (_stack, _scratch);

    /// <summary>Gives back all that was taken since the mark.</summary>
    internal void Return((int Stack, int Scratch) mark) => (_stack, _scratch) = mark;
}

/// <summary>A program needs more memory than it was given; it is generated again with more of it in the scratch map.</summary>
internal sealed class FrameExhaustedException : Exception;
