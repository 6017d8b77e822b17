using System.Collections.Immutable;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Strings compared: 8 bytes at a time, since all of them have zeroes behind their end.</summary>
internal sealed partial class ProgramGenerator
{
    private void BranchOnStrings(CompareStrings strings, Label target, bool whenTrue)
    {
        (Expression left, Expression right) = strings.Left is StringLiteral ? (strings.Right, strings.Left) : (strings.Left, strings.Right);
        (int, int) mark = _frame.Mark();
        Place first = PlaceOf(left);
        Place? second = right is StringLiteral ? null : PlaceOf(right);
        ImmutableArray<byte> literal = (right as StringLiteral)?.Bytes ?? [];
        int end = Math.Min(strings.Count, Math.Max(left.Type.Size, right.Type.Size));
        if (second is null)
        {
            end = Math.Min(end, literal.Length + 1);
        }

        Label differs = new();
        for (int at = 0; at < end; at += WordSize)
        {
            // Behind the common end there are zeroes: only a count that ends inside a word cuts it.
            int bits = 8 * Math.Min(WordSize, strings.Count - at);
            CompareWord(
                at < left.Type.Size ? first.At(at) : null,
                second is { } place && at < right.Type.Size ? place.At(at) : null,
                WordAt(literal, at), bits, whenTrue ? target : differs);
        }

        if (!whenTrue)
        {
            _code.Jump(target);
            _code.Mark(differs);
        }

        _frame.Return(mark);
    }

    /// <summary>Jumps when two words differ in their first bits; what has no place is the number.</summary>
    private void CompareWord(Place? first, Place? second, long number, int bits, Label differs)
    {
        (Place? left, Place? right) = first is null ? (second, first) : (first, second);
        long expected = number << (64 - bits);
        if (left is not { } place)
        {
            if (expected != 0)
            {
                _code.Jump(differs);
            }

            return;
        }

        BpfRegister word = LoadCut(place, bits);
        if (right is { } other)
        {
            BpfRegister otherWord = LoadCut(other, bits);
            _code.JumpIf(BpfJump.NotEqual, word, otherWord, differs);
            _registers.Release(otherWord);
        }
        else if (expected is >= int.MinValue and <= int.MaxValue)
        {
            _code.JumpIf(BpfJump.NotEqual, word, (int)expected, differs);
        }
        else
        {
            BpfRegister constant = LoadNumber(expected);
            _code.JumpIf(BpfJump.NotEqual, word, constant, differs);
            _registers.Release(constant);
        }

        _registers.Release(word);
    }

    /// <summary>The first bits in memory, shifted to the top.</summary>
    private BpfRegister LoadCut(Place place, int bits)
    {
        BpfRegister word = LoadWord(place);
        if (bits < 64)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, word, 64 - bits));
        }

        return word;
    }

    /// <summary>Looks for the part at every position, one behind the other.</summary>
    private void BranchOnPart(StringContains contains, Label target, bool whenTrue)
    {
        (int, int) mark = _frame.Mark();
        Place text = PlaceOf(contains.Text);
        int size = contains.Text.Type.Size;
        Label found = new();
        if (contains.Part.IsEmpty)
        {
            _code.Jump(found);
        }
        else
        {
            for (int position = 0; position + contains.Part.Length <= size; position++)
            {
                Label next = new();
                for (int at = 0; at < contains.Part.Length; at += WordSize)
                {
                    int bits = 8 * Math.Min(WordSize, contains.Part.Length - at);
                    BpfRegister window = LoadWindow(text, size, position + at, bits);
                    BpfRegister constant = LoadNumber(WordAt(contains.Part, at) << (64 - bits));
                    _code.JumpIf(BpfJump.NotEqual, window, constant, next);
                    _registers.Release(window);
                    _registers.Release(constant);
                }

                _code.Jump(found);
                _code.Mark(next);
            }
        }

        if (whenTrue)
        {
            Label end = new();
            _code.Jump(end);
            _code.Mark(found);
            _code.Jump(target);
            _code.Mark(end);
        }
        else
        {
            _code.Jump(target);
            _code.Mark(found);
        }

        _frame.Return(mark);
    }

    /// <summary>Bytes from any position on, put together of two words and shifted to the top: the stack can only be loaded aligned.</summary>
    private BpfRegister LoadWindow(Place text, int size, int position, int bits)
    {
        int aligned = position & ~7, shift = 8 * (position & 7);
        BpfRegister word = LoadWord(text.At(aligned));
        if (shift + bits <= 64)
        {
            if (shift + bits < 64)
            {
                _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, word, 64 - shift - bits));
            }

            if (shift > 0)
            {
                ClearBelow(word, 64 - bits);
            }

            return word;
        }

        _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, word, shift));
        if (aligned + WordSize < size)
        {
            BpfRegister rest = LoadWord(text.At(aligned + WordSize));
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, rest, 64 - shift));
            _code.Emit(BpfInstruction.Alu(BpfAlu.Or, word, rest));
            _registers.Release(rest);
        }

        if (bits < 64)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, word, 64 - bits));
        }

        return word;
    }

    private void ClearBelow(BpfRegister word, int bit)
    {
        if (bit > 0)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, word, bit));
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, word, bit));
        }
    }
}
