using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Statements, one behind the other.</summary>
internal sealed partial class ProgramGenerator
{
    private readonly Stack<(Label Break, Label Continue)> _loops = new();

    private void Generate(Statement statement)
    {
        SourceSpan outer = _code.Span;
        (int, int) mark = _frame.Mark();
        _code.Span = statement.Span;
        GenerateInside(statement);
        _frame.Return(mark);
        _code.Span = outer;
    }

    private void GenerateInside(Statement statement)
    {
        switch (statement)
        {
            case Block block:
                foreach (Statement each in block.Statements)
                {
                    Generate(each);
                }

                break;
            case Evaluate evaluate:
                EvaluateAndForget(evaluate.Expression);
                break;
            case AssignVariable assign:
                Assign(assign);
                _shared.Forget(assign.Variable);
                break;
            case AssignMap assign:
                AssignMap(assign);
                _shared.Forget(assign.Map);
                break;
            case AddToMap add:
                AddToMap(add);
                _shared.Forget(add.Map);
                break;
            case Aggregate aggregate:
                Add(aggregate);
                _shared.Forget(aggregate.Map);
                break;
            case DeleteFromMap delete:
                Delete(delete);
                _shared.Forget(delete.Map);
                break;
            case If choice:
                Choose(choice);
                break;
            case While loop:
                Loop(loop);
                break;
            case Unroll unroll:
                Repeat(unroll);
                break;
            case Jump jump:
                GoTo(jump);
                break;
            case Send send:
                Send(send);
                break;
            default:
                throw new ArgumentException($"{statement.GetType().Name} is no statement.", nameof(statement));
        }
    }

    private void EvaluateAndForget(Expression expression)
    {
        if (expression.Type.IsScalar)
        {
            Release(Read(expression));
        }
        else if (expression.Type.Size > 0)
        {
            _ = PlaceOf(expression);
        }
    }

    private void Assign(AssignVariable assign)
    {
        ProbeVariable variable = assign.Variable;
        if (_variableRegisters.TryGetValue(variable, out BpfRegister home))
        {
            Scalar value = ReadNumber(assign.Value);
            Move(home, value.Register);
            Release(value);
            return;
        }

        Place place = _variablePlaces[variable];
        int size = variable.Type.Size;
        if (!variable.Type.IsScalar && TreeWalk.Expressions(assign.Value).Any(each => each is VariableValue value && value.Variable == variable))
        {
            Place built = _frame.Take(size);
            Build(assign.Value, built, size);
            Copy(built, size, place, size);
            return;
        }

        Build(assign.Value, place, size);
    }

    private void Choose(If choice)
    {
        Label otherwise = new(), end = new();
        HashSet<SharedValue> known = Branch(choice.Condition, otherwise, whenTrue: false);
        Generate(choice.Then);
        HashSet<SharedValue> afterThen = _shared.Save();
        bool thenEnds = _code.IsReachable;
        if (choice.Else is not null)
        {
            _code.Jump(end);
        }

        _shared.Restore(known);
        _code.Mark(otherwise);
        if (choice.Else is not null)
        {
            Generate(choice.Else);
        }

        if (!_code.IsReachable)
        {
            _shared.Restore(afterThen);
        }
        else if (thenEnds)
        {
            _shared.Merge(afterThen);
        }

        _code.Mark(end);
    }

    /// <summary>A loop with its counter in a register or on the stack, where the verifier follows it.</summary>
    private void Loop(While loop)
    {
        Label start = new(), end = new();
        _shared.Forget(TreeWalk.Statements(loop.Body));
        HashSet<SharedValue> known = _shared.Save();
        Held counter = Hold(LoadNumber(0), leavesOne: true);
        _code.Mark(start);
        BpfRegister round = Restore(counter);
        _code.JumpIf(BpfJump.GreaterOrEqual, round, loop.Limit, end);
        AddConstant(round, 1);
        if (counter.Register is null)
        {
            StoreAndRelease(round, counter.Slot);
        }

        (int, int) mark = _frame.Mark();
        _ = Branch(loop.Condition, end, whenTrue: false);
        _frame.Return(mark);
        _loops.Push((end, start));
        Generate(loop.Body);
        _ = _loops.Pop();
        _code.Jump(start);
        _code.Mark(end);
        _shared.Restore(known);
        if (counter.Register is { } register)
        {
            _registers.Release(register);
        }
    }

    private void Repeat(Unroll unroll)
    {
        Label end = new();
        _shared.Forget(TreeWalk.Statements(unroll.Body));
        for (int i = 0; i < unroll.Count; i++)
        {
            // A break or a continue leaves before all that the body learns is known.
            HashSet<SharedValue> known = _shared.Save();
            Label next = new();
            _loops.Push((end, next));
            Generate(unroll.Body);
            _ = _loops.Pop();
            _code.Mark(next);
            _shared.Merge(known);
        }

        _code.Mark(end);
    }

    private void GoTo(Jump jump) => _code.Jump(jump.Kind switch
    {
        JumpKind.Return => _end,
        JumpKind.Break => _loops.Peek().Break,
        _ => _loops.Peek().Continue,
    });

    /// <summary>Reserves the event in the ring buffer and builds its values there: nothing is copied.</summary>
    private void Send(Send send)
    {
        Label lost = new(), end = new();
        int size = WordSize + send.Values.Sum(value => value.Type.Size);
        _code.LoadMap(BpfRegister.R1, _layout.Events());
        _code.Load64(BpfRegister.R2, size);
        _code.Load64(BpfRegister.R3, 0);
        BpfRegister reserved = Call(BpfHelper.RingReserve);
        _code.JumpIf(BpfJump.Equal, reserved, 0, lost);
        BpfRegister record = _registers.TakeSaved() ?? throw new InvalidOperationException("No register is left for an event.");
        Move(record, reserved);
        _registers.Release(reserved);
        HashSet<SharedValue> known = _shared.Save();
        StoreWord(new(record, 0), send.Output);
        Place place = new(record, WordSize);
        foreach (Expression value in send.Values)
        {
            Build(value, place, value.Type.Size, isPadded: false);
            place = place.At(value.Type.Size);
        }

        const int NoWakeup = 1;
        Move(BpfRegister.R1, record);
        _code.Load64(BpfRegister.R2, _layout.WakesReader ? 0 : NoWakeup);
        _registers.Release(record);
        CallAndForget(BpfHelper.RingSubmit);
        _code.Jump(end);
        _code.Mark(lost);
        Count(CompiledUnit.LostEventCounter);
        _code.Mark(end);
        _shared.Merge(known);
    }
}
