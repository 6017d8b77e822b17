using System.Numerics;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Short strings and bytes of a tracepoint's record: loaded like its numbers, which costs no call.</summary>
internal sealed partial class ProgramGenerator
{
    private const int LargestDirectString = 32;
    private const long LowBits = 0x0101010101010101, HighBits = unchecked((long)0x8080808080808080);

    /// <summary>True for bytes at a constant, aligned place of a tracepoint's record.</summary>
    private bool IsInRecord(Expression address, AddressSpace space, out int offset)
    {
        bool isContext = Origin(address, out offset) is Builtin { Value: BuiltinValue.Context };
        return isContext && space == AddressSpace.Context && _kind == ProgramKind.Tracepoint;
    }

    /// <summary>Words of a string, up to its 0: what lies behind that in the record may be anything.</summary>
    private void CopyStringOfRecord(int offset, int capacity, Place place, int size, bool isPadded)
    {
        Label end = new();
        for (int at = 0; at < capacity; at += WordSize)
        {
            BpfRegister word = _registers.Take();
            _code.Emit(BpfInstruction.Load(BpfWidth.Eight, word, BpfRegister.R6, checked((short)(offset + at))));
            if (at + WordSize >= capacity)
            {
                // The last byte is the final 0.
                Extract(word, 0, 8 * (capacity - at - 1), isSigned: false);
            }

            if (isPadded)
            {
                CutAtZero(word, place.At(at), size - at, end);
            }

            StoreAndRelease(word, place.At(at));
        }

        Clear(place.At(capacity), isPadded ? size - capacity : 0);
        _code.Mark(end);
    }

    /// <summary>
    /// When a byte of the word is 0: stores the bytes before it and zeroes behind them, and jumps. The lowest bit of
    /// (word - 0x01…) &amp; ~word &amp; 0x80… is the top one of the first zero byte (Hacker's Delight, 6-1).
    /// </summary>
    private void CutAtZero(BpfRegister word, Place place, int size, Label end)
    {
        Label isFull = new();
        BpfRegister zeroes = _registers.Take(), other = LoadNumber(LowBits);
        Move(zeroes, word);
        _code.Emit(BpfInstruction.Alu(BpfAlu.Subtract, zeroes, other));
        Move(other, word);
        _code.Emit(BpfInstruction.Alu(BpfAlu.Xor, other, -1));
        _code.Emit(BpfInstruction.Alu(BpfAlu.And, zeroes, other));
        _code.Load64(other, HighBits);
        _code.Emit(BpfInstruction.Alu(BpfAlu.And, zeroes, other));
        _code.JumpIf(BpfJump.Equal, zeroes, 0, isFull);
        Move(other, zeroes);
        Negate(other);
        _code.Emit(BpfInstruction.Alu(BpfAlu.And, zeroes, other));
        AddConstant(zeroes, -1);
        _code.Emit(BpfInstruction.Alu(BpfAlu.And, word, zeroes));
        _code.Emit(BpfInstruction.Store(BpfWidth.Eight, place.Base, place.Offset, word));
        Clear(place.At(WordSize), size - WordSize);
        _code.Jump(end);
        _code.Mark(isFull);
        _registers.Release(zeroes);
        _registers.Release(other);
    }

    /// <summary>Bytes as they are, in the widest loads that their place allows.</summary>
    private void CopyBytesOfRecord(int offset, int count, Place place)
    {
        int width = Math.Min(WordSize, 1 << BitOperations.TrailingZeroCount(offset | count));
        BpfRegister register = _registers.Take();
        for (int at = 0; at < count; at += width)
        {
            _code.Emit(BpfInstruction.Load(WidthOf(width), register, BpfRegister.R6, checked((short)(offset + at))));
            _code.Emit(BpfInstruction.Store(WidthOf(width), place.Base, place.At(at).Offset, register));
        }

        _registers.Release(register);
    }
}
