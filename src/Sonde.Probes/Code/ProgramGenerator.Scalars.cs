using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Scalars: into registers.</summary>
internal sealed partial class ProgramGenerator
{
    /// <summary>Registers that an expression without calls may still need while another value waits in one.</summary>
    private const int SpareRegisters = 3;

    /// <summary>A value in a register; a borrowed one (a variable, the context) must not be changed.</summary>
    private readonly record struct Scalar(BpfRegister Register, bool IsOwned);

    /// <summary>A value in a register or, where none outlives calls, on the stack.</summary>
    private readonly record struct Held(BpfRegister? Register, Place Slot);

    private Scalar Read(Expression expression)
    {
        switch (expression)
        {
            case Builtin { Value: BuiltinValue.Context }:
                return new(BpfRegister.R6, false);
            case VariableValue value when _variableRegisters.TryGetValue(value.Variable, out BpfRegister home):
                return new(home, false);
            case Builtin { Value: BuiltinValue.ProcessId or BuiltinValue.ThreadId or BuiltinValue.UserId or BuiltinValue.GroupId }:
                return new(EvaluateAnew(expression), true);
            case Rendered { Type.IsScalar: true } rendered:
                return Read(rendered.Operand);
            default:
                return _shared.Find(expression) is { } shared
                    ? ReadShared(shared, () => EvaluateAnew(expression))
                    : new(EvaluateAnew(expression), true);
        }
    }

    private Scalar ReadShared(SharedValue shared, Func<BpfRegister> evaluate)
    {
        if (!_shared.IsKnown(shared))
        {
            BpfRegister fresh = evaluate();
            _shared.Learn(shared);
            if (shared.Register is { } kept)
            {
                Move(kept, fresh);
                _registers.Release(fresh);
                return new(kept, false);
            }

            _code.Emit(BpfInstruction.Store(BpfWidth.Eight, shared.Slot.Base, shared.Slot.Offset, fresh));
            return new(fresh, true);
        }

        return shared.Register is { } register ? new(register, false) : new(LoadWord(shared.Slot), true);
    }

    /// <summary>A value in a register of its own.</summary>
    private BpfRegister Evaluate(Expression expression) => Own(Read(expression));

    /// <summary>The same, as a number: the verifier refuses most arithmetic with what it knows to be a pointer.</summary>
    private BpfRegister EvaluateNumber(Expression expression)
    {
        BpfRegister register = Evaluate(expression);
        if (IsPointerToVerifier(expression))
        {
            ForgetPointer(register);
        }

        return register;
    }

    private Scalar ReadNumber(Expression expression) => IsPointerToVerifier(expression) ? new(EvaluateNumber(expression), true) : Read(expression);

    private BpfRegister Own(Scalar scalar)
    {
        if (scalar.IsOwned)
        {
            return scalar.Register;
        }

        BpfRegister copy = _registers.Take();
        Move(copy, scalar.Register);
        return copy;
    }

    private void Release(Scalar scalar)
    {
        if (scalar.IsOwned)
        {
            _registers.Release(scalar.Register);
        }
    }

    /// <summary>Negating twice keeps the number and makes the verifier forget that it was a pointer.</summary>
    private void ForgetPointer(BpfRegister register)
    {
        _code.Emit(BpfInstruction.Alu(BpfAlu.Negate, register, 0));
        _code.Emit(BpfInstruction.Alu(BpfAlu.Negate, register, 0));
    }

    /// <summary>True for what the verifier knows as a pointer when it is in a register: the context, and typed pointers that were only followed.</summary>
    private bool IsPointerToVerifier(Expression expression) => expression switch
    {
        Builtin { Value: BuiltinValue.Context } => true,
        Builtin { Value: BuiltinValue.CurrentTask } builtin => IsTyped(builtin),
        Load { Type: PointerType { Space: AddressSpace.Btf } } load => load.Space == AddressSpace.Context || IsAlongPointer(load),
        _ => false,
    };

    private bool IsTyped(Builtin task) => task.Type is PointerType { Space: AddressSpace.Btf } && _layout.HasTypedTask;

    /// <param name="value">A register, which is released.</param>
    /// <param name="leavesOne">For what is held long: the last free register is left for others.</param>
    private Held Hold(BpfRegister value, bool leavesOne = false)
    {
        BpfRegister? saved = leavesOne && _registers.FreeSaved < 2 ? null : _registers.TakeSaved();
        Place slot = default;
        if (saved is { } register)
        {
            Move(register, value);
        }
        else
        {
            slot = _frame.Take(8);
            _code.Emit(BpfInstruction.Store(BpfWidth.Eight, slot.Base, slot.Offset, value));
        }

        _registers.Release(value);
        return new(saved, slot);
    }

    private BpfRegister Restore(Held held) => held.Register ?? LoadWord(held.Slot);

    private BpfRegister LoadWord(Place place)
    {
        BpfRegister register = _registers.Take();
        _code.Emit(BpfInstruction.Load(BpfWidth.Eight, register, place.Base, place.Offset));
        return register;
    }

    /// <summary>True when evaluating it calls a helper, which destroys r0 to r5.</summary>
    private bool Calls(Expression expression) => expression switch
    {
        IntegerLiteral => false,
        Builtin { Value: BuiltinValue.Context or BuiltinValue.ProbeIndex } => false,
        VariableValue => false,
        MapValue { Key.Count: 0, Map.Aggregation: null, Type.IsScalar: true } => false,
        Builtin { Value: BuiltinValue.ProcessId or BuiltinValue.ThreadId or BuiltinValue.UserId or BuiltinValue.GroupId } => !IsKnown(expression),
        Load { Space: AddressSpace.Context } load => !IsInContext(load, out _),
        Load { Space: AddressSpace.Btf } load => !IsAlongPointer(load) || Calls(Origin(load.Address, out _)),
        AddressOf or Unary or Cast or Binary or Conditional or Rendered { Type.IsScalar: true } => !IsKnown(expression) && TreeWalk.Parts(expression).Any(Calls),
        _ => !IsKnown(expression),
    };

    private bool IsKnown(Expression expression) => _shared.Find(expression) is { } shared && _shared.IsKnown(shared);

    private BpfRegister EvaluateAnew(Expression expression)
    {
        switch (expression)
        {
            case IntegerLiteral literal:
                return LoadNumber(literal.Value);
            case Builtin builtin:
                return EvaluateBuiltin(builtin);
            case Load load:
                return EvaluateLoad(load);
            case AddressOf address:
                BpfRegister place = EvaluateNumber(address.Address);
                AddConstant(place, address.Offset);
                return place;
            case VariableValue value:
                return LoadWord(_variablePlaces[value.Variable]);
            case MapValue value:
                return EvaluateMapValue(value);
            case Unary { Operator: not UnaryOperator.Not } unary:
                return EvaluateUnary(unary);
            case Binary { Operator: not (BinaryOperator.And or BinaryOperator.Or) } binary when ComparisonOf(binary) is null:
                return EvaluateBinary(binary);
            case Cast cast:
                BpfRegister number = EvaluateNumber(cast.Operand);
                Cut(number, cast.Integer.Width, cast.Integer.IsSigned);
                return number;
            case Conditional choice:
                return EvaluateConditional(choice);
            case Rendered { Type.IsScalar: true } rendered:
                return EvaluateNumber(rendered.Operand);
            case StackTrace stack:
                return EvaluateStack(stack);
            case MacAddressValue or TupleItem:
                return EvaluateFromMemory(expression);
            case Unary or Binary or CompareStrings or StringContains:
                return EvaluateTruth(expression);
            default:
                throw new ArgumentException($"{expression.GetType().Name} of type {expression.Type} is no scalar.", nameof(expression));
        }
    }

    private BpfRegister LoadNumber(long value)
    {
        BpfRegister register = _registers.Take();
        _code.Load64(register, value);
        return register;
    }

    private void AddConstant(BpfRegister register, int value)
    {
        if (value != 0)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.Add, register, value));
        }
    }

    private BpfRegister EvaluateBuiltin(Builtin builtin)
    {
        switch (builtin.Value)
        {
            case BuiltinValue.ProcessId:
                return Half(SharedValues.ProcessAndThread, BpfHelper.ProcessAndThread, isUpper: true);
            case BuiltinValue.ThreadId:
                return Half(SharedValues.ProcessAndThread, BpfHelper.ProcessAndThread, isUpper: false);
            case BuiltinValue.UserId:
                return Half(SharedValues.UserAndGroup, BpfHelper.UserAndGroup, isUpper: false);
            case BuiltinValue.GroupId:
                return Half(SharedValues.UserAndGroup, BpfHelper.UserAndGroup, isUpper: true);
            case BuiltinValue.Nanoseconds:
                return Call(BpfHelper.Nanoseconds);
            case BuiltinValue.BootNanoseconds:
                return Call(BpfHelper.BootNanoseconds);
            case BuiltinValue.Elapsed:
                BpfRegister now = Call(BpfHelper.Nanoseconds), start = _registers.Take();
                _code.LoadStartTime(start);
                _code.Emit(BpfInstruction.Alu(BpfAlu.Subtract, now, start));
                _registers.Release(start);
                return now;
            case BuiltinValue.Processor:
                return Call(BpfHelper.Processor);
            case BuiltinValue.CgroupId:
                return Call(BpfHelper.CgroupId);
            case BuiltinValue.Random:
                return Call(BpfHelper.Random);
            case BuiltinValue.CurrentTask:
                return Call(IsTyped(builtin) ? BpfHelper.CurrentTaskBtf : BpfHelper.CurrentTask);
            case BuiltinValue.FunctionAddress:
                Move(BpfRegister.R1, BpfRegister.R6);
                return Call(BpfHelper.FunctionAddress);
            case BuiltinValue.ProbeIndex:
                return LoadNumber(_index);
            default:
                throw new ArgumentException($"{builtin.Value} is no scalar.", nameof(builtin));
        }
    }

    /// <summary>One half of an answer that holds two numbers.</summary>
    private BpfRegister Half(string name, BpfHelper helper, bool isUpper)
    {
        Scalar both = _shared.Find(name) is { } shared ? ReadShared(shared, () => Call(helper)) : new(Call(helper), true);
        if (!isUpper)
        {
            BpfRegister lower = both.IsOwned ? both.Register : _registers.Take();
            _code.Emit(BpfInstruction.Alu32(BpfAlu.Move, lower, both.Register));
            return lower;
        }

        BpfRegister upper = Own(both);
        _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, upper, 32));
        return upper;
    }

    private BpfRegister EvaluateUnary(Unary unary)
    {
        BpfRegister register = EvaluateNumber(unary.Operand);
        switch (unary.Operator)
        {
            case UnaryOperator.Negate:
                Negate(register);
                break;
            case UnaryOperator.Complement:
                _code.Emit(BpfInstruction.Alu(BpfAlu.Xor, register, -1));
                break;
            case UnaryOperator.SwapBytes when unary.Operand.Type is IntegerType { Width: > 1 } type:
                // "To big endian", which reverses them here: Sonde runs on little-endian machines only.
                _code.Emit(BpfInstruction.ToBigEndian(register, 8 * type.Width));
                break;
        }

        return register;
    }

    private BpfRegister EvaluateConditional(Conditional choice)
    {
        Label otherwise = new(), end = new();
        HashSet<SharedValue> before = Branch(choice.Condition, otherwise, whenTrue: false);
        BpfRegister result = EvaluateNumber(choice.WhenTrue);
        HashSet<SharedValue> after = _shared.Save();
        _code.Jump(end);
        _registers.Release(result);
        _shared.Restore(before);
        _code.Mark(otherwise);
        BpfRegister other = EvaluateNumber(choice.WhenFalse);
        Move(result, other);
        _registers.Release(other);
        _ = _registers.Take(result);
        _shared.Merge(after);
        _code.Mark(end);
        return result;
    }

    private BpfRegister EvaluateTruth(Expression expression)
    {
        Label holds = new(), end = new();
        HashSet<SharedValue> known = Branch(expression, holds, whenTrue: true);
        _shared.Merge(known);
        BpfRegister result = _registers.Take();
        _code.Load64(result, 0);
        _code.Jump(end);
        _code.Mark(holds);
        _code.Load64(result, 1);
        _code.Mark(end);
        return result;
    }

    /// <summary>Of the scalars that are built in memory: builds and loads them.</summary>
    private BpfRegister EvaluateFromMemory(Expression expression)
    {
        (int, int) mark = _frame.Mark();
        BpfRegister result = LoadWord(PlaceOf(expression));
        _frame.Return(mark);
        return result;
    }

    /// <summary>The number of a stack; of user space's, with the process in the upper half.</summary>
    private BpfRegister EvaluateStack(StackTrace stack)
    {
        const int FastCompare = 1 << 9, UserStack = 1 << 8;
        Held? process = stack.IsUser ? Hold(Half(SharedValues.ProcessAndThread, BpfHelper.ProcessAndThread, isUpper: true)) : null;
        Move(BpfRegister.R1, BpfRegister.R6);
        _code.LoadMap(BpfRegister.R2, _layout.Stacks(stack.Depth));
        _code.Load64(BpfRegister.R3, FastCompare | (stack.IsUser ? UserStack : 0));
        BpfRegister number = Call(BpfHelper.StackId);
        if (process is { } held)
        {
            BpfRegister upper = Restore(held);
            _code.Emit(BpfInstruction.Alu32(BpfAlu.Move, number, number));
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, upper, 32));
            _code.Emit(BpfInstruction.Alu(BpfAlu.Or, number, upper));
            _registers.Release(upper);
        }

        return number;
    }
}
