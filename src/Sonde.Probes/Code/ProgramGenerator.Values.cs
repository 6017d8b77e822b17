using System.Buffers.Binary;
using System.Collections.Immutable;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Values in memory: built where they are needed.</summary>
internal sealed partial class ProgramGenerator
{
    private const int WordSize = 8, CommandNameSize = 16;

    /// <summary>Bytes from which on a copy is left to a helper.</summary>
    private const int LargeCopy = 256;

    /// <summary>Where a value lies; what lies nowhere yet is built. Only to be read.</summary>
    private Place PlaceOf(Expression expression)
    {
        switch (expression)
        {
            case VariableValue value when _variablePlaces.TryGetValue(value.Variable, out Place place):
                return place;
            case TupleItem item:
                TupleType tuple = (TupleType)item.Tuple.Type;
                return PlaceOf(item.Tuple).At(tuple.Items.Take(item.Index).Sum(each => each.Size));
            default:
                Place built = _frame.Take(expression.Type.Size);
                Build(expression, built, expression.Type.Size);
                return built;
        }
    }

    /// <summary>Writes a value to memory.</summary>
    /// <param name="expression">The value.</param>
    /// <param name="place">Where.</param>
    /// <param name="size">Bytes there; a shorter string is followed by zeroes.</param>
    /// <param name="isPadded">False when what lies behind a string's final 0 means nothing.</param>
    private void Build(Expression expression, Place place, int size, bool isPadded = true)
    {
        switch (expression)
        {
            case StringLiteral literal:
                BuildBytes(literal.Bytes, place, size);
                break;
            case Builtin { Value: BuiltinValue.CommandName }:
                BuildCommandName(place, size);
                break;
            case ReadString read:
                BuildString(read, place, size, isPadded);
                break;
            case ReadBytes read:
                BuildBuffer(read, place, size, isPadded);
                break;
            case MapValue { Type.IsScalar: false } value:
                BuildMapValue(value, place, size);
                break;
            case Conditional { Type.IsScalar: false } choice:
                BuildConditional(choice, place, size, isPadded);
                break;
            case TupleValue tuple:
                foreach (Expression item in tuple.Items)
                {
                    Build(item, place, item.Type.Size, isPadded);
                    place = place.At(item.Type.Size);
                }

                break;
            case Rendered { Rendering.Rendering: Rendering.UserSymbol } symbol:
                StoreAndRelease(EvaluateNumber(symbol.Operand), place);
                StoreAndRelease(Half(SharedValues.ProcessAndThread, BpfHelper.ProcessAndThread, isUpper: true), place.At(WordSize));
                break;
            case InternetAddress address:
                BuildInternetAddress(address, place);
                break;
            case MacAddressValue address:
                BuildMacAddress(address, place);
                break;
            case IntegerLiteral { Value: >= int.MinValue and <= int.MaxValue } literal:
                StoreWord(place, (int)literal.Value);
                break;
            case { Type.IsScalar: true }:
                Scalar scalar = ReadNumber(expression);
                _code.Emit(BpfInstruction.Store(BpfWidth.Eight, place.Base, place.Offset, scalar.Register));
                Release(scalar);
                break;
            default:
                Copy(PlaceOf(expression), expression.Type.Size, place, size);
                break;
        }
    }

    private void StoreWord(Place place, int value) => _code.Emit(BpfInstruction.Store(BpfWidth.Eight, place.Base, place.Offset, value));

    private void StoreAndRelease(BpfRegister register, Place place)
    {
        _code.Emit(BpfInstruction.Store(BpfWidth.Eight, place.Base, place.Offset, register));
        _registers.Release(register);
    }

    private void Clear(Place place, int size)
    {
        for (int at = 0; at < size; at += WordSize)
        {
            StoreWord(place.At(at), 0);
        }
    }

    /// <summary>Copies what fits, and clears the rest.</summary>
    private void Copy(Place from, int available, Place to, int size)
    {
        int count = Math.Min(available, size);
        if (count > LargeCopy)
        {
            BpfRegister address = _registers.Take();
            LoadAddress(address, from);
            CallRead(BpfHelper.ReadKernel, to, count, address);
        }
        else
        {
            BpfRegister word = _registers.Take();
            for (int at = 0; at < count; at += WordSize)
            {
                _code.Emit(BpfInstruction.Load(BpfWidth.Eight, word, from.Base, from.At(at).Offset));
                _code.Emit(BpfInstruction.Store(BpfWidth.Eight, to.Base, to.At(at).Offset, word));
            }

            _registers.Release(word);
        }

        Clear(to.At(count), size - count);
    }

    private void BuildBytes(ImmutableArray<byte> bytes, Place place, int size)
    {
        for (int at = 0; at < size; at += WordSize)
        {
            long word = WordAt(bytes, at);
            if (word is >= int.MinValue and <= int.MaxValue)
            {
                StoreWord(place.At(at), (int)word);
            }
            else
            {
                StoreAndRelease(LoadNumber(word), place.At(at));
            }
        }
    }

    /// <summary>8 bytes of a literal as the number that they are in memory, zeroes behind its end.</summary>
    private static long WordAt(ImmutableArray<byte> bytes, int at)
    {
        Span<byte> word = stackalloc byte[WordSize];
        word.Clear();
        if (at < bytes.Length)
        {
            bytes.AsSpan(at, Math.Min(WordSize, bytes.Length - at)).CopyTo(word);
        }

        return BinaryPrimitives.ReadInt64LittleEndian(word);
    }

    /// <summary><c>bpf_get_current_comm</c> fills what it is given with zeroes.</summary>
    private void BuildCommandName(Place place, int size)
    {
        LoadAddress(BpfRegister.R1, place);
        _code.Load64(BpfRegister.R2, Math.Min(size, CommandNameSize));
        CallAndForget(BpfHelper.CommandName);
        if (size > CommandNameSize)
        {
            Clear(place.At(CommandNameSize), size - CommandNameSize);
        }
    }

    private void BuildString(ReadString read, Place place, int size, bool isPadded)
    {
        int capacity = Math.Min(read.String.Capacity, size);
        if (read.Limit is null && capacity <= LargestDirectString && capacity % WordSize == 0
            && IsInRecord(read.Address, read.Space, out int offset) && offset % WordSize == 0)
        {
            CopyStringOfRecord(offset, capacity, place, size, isPadded);
            return;
        }

        if (read.Limit is not null)
        {
            Clear(place, isPadded ? size : WordSize);
        }
        else if (isPadded)
        {
            Clear(place, size);
        }

        CallReadLimited(read.Space == AddressSpace.User ? BpfHelper.ReadUserString : BpfHelper.ReadKernelString, place, capacity, read.Limit, read.Address);
    }

    private void BuildBuffer(ReadBytes read, Place place, int size, bool isPadded)
    {
        int capacity = Math.Min(read.Buffer.Capacity, size - WordSize);
        if (isPadded || read.Length is not null)
        {
            Clear(place, isPadded ? size : WordSize);
        }

        BpfHelper helper = read.Space == AddressSpace.User ? BpfHelper.ReadUser : BpfHelper.ReadKernel;
        if (read.Length is null)
        {
            StoreWord(place, capacity);
        }
        else
        {
            BpfRegister length = EvaluateNumber(read.Length);
            LimitTo(length, capacity);
            StoreAndRelease(length, place);
        }

        CallReadLimited(helper, place.At(WordSize), capacity, read.Length, read.Address);
    }

    /// <summary>Reads at most so many bytes as a limit and the capacity allow.</summary>
    private void CallReadLimited(BpfHelper helper, Place place, int capacity, Expression? limit, Expression address)
    {
        if (limit is null or IntegerLiteral)
        {
            long constant = limit is IntegerLiteral literal ? Math.Clamp(literal.Value, 0, capacity) : capacity;
            if (constant > 0)
            {
                CallRead(helper, place, (int)constant, EvaluateNumber(address));
            }

            return;
        }

        (Scalar source, Scalar count) = ReadPair(address, limit);
        BpfRegister size = Own(count);
        LimitTo(size, capacity);
        _registers.Release(size);
        Release(source);
        MoveBoth(BpfRegister.R2, size, BpfRegister.R3, source.Register);
        LoadAddress(BpfRegister.R1, place);
        CallAndForget(helper);
    }

    private void LimitTo(BpfRegister register, int most)
    {
        Label fits = new();
        _code.JumpIf(BpfJump.LessOrEqual, register, most, fits);
        _code.Load64(register, most);
        _code.Mark(fits);
    }

    private void BuildConditional(Conditional choice, Place place, int size, bool isPadded)
    {
        Label otherwise = new(), end = new();
        HashSet<SharedValue> before = Branch(choice.Condition, otherwise, whenTrue: false);
        Build(choice.WhenTrue, place, size, isPadded);
        HashSet<SharedValue> after = _shared.Save();
        _code.Jump(end);
        _shared.Restore(before);
        _code.Mark(otherwise);
        Build(choice.WhenFalse, place, size, isPadded);
        _shared.Merge(after);
        _code.Mark(end);
    }

    /// <summary>The family, 16 bytes of address, zeroes.</summary>
    private void BuildInternetAddress(InternetAddress address, Place place)
    {
        const int Inet = 2, Inet6 = 10, AddressSize = 16;
        if (address.Family is null)
        {
            StoreWord(place, address.Size == AddressSize ? Inet6 : Inet);
        }
        else
        {
            Build(address.Family, place, WordSize);
        }

        Place bytes = place.At(WordSize);
        if (address.Size == 0)
        {
            BpfRegister number = EvaluateNumber(address.Address);
            Cut(number, 4, isSigned: false);
            StoreAndRelease(number, bytes);
            StoreWord(bytes.At(WordSize), 0);
            return;
        }

        Clear(bytes, AddressSize);
        if (IsInRecord(address.Address, address.Space, out int offset))
        {
            CopyBytesOfRecord(offset, address.Size, bytes);
            return;
        }

        CallRead(address.Space == AddressSpace.User ? BpfHelper.ReadUser : BpfHelper.ReadKernel, bytes, address.Size, EvaluateNumber(address.Address));
    }

    private void BuildMacAddress(MacAddressValue address, Place place)
    {
        const int AddressSize = 6;
        StoreWord(place, 0);
        if (IsInRecord(address.Address, address.Space, out int offset))
        {
            CopyBytesOfRecord(offset, AddressSize, place);
            return;
        }

        CallRead(address.Space == AddressSpace.User ? BpfHelper.ReadUser : BpfHelper.ReadKernel, place, AddressSize, EvaluateNumber(address.Address));
    }
}
