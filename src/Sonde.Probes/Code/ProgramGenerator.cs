using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>
/// Makes the instructions of one probe. Scalars are evaluated into registers, everything larger is built where it is needed: a key on the
/// stack, an event in the ring buffer. r6 holds the context when the probe looks at it, r9 the scratch entry when it has one; what is left
/// of r6 to r9 keeps variables and shared values, the most used first.
/// </summary>
internal sealed partial class ProgramGenerator
{
    private readonly Probe _probe;
    private readonly int _index;
    private readonly ProgramKind _kind;
    private readonly UnitLayout _layout;
    private readonly IReadOnlySet<ProbeMap> _deletedFrom;
    private readonly Assembler _code = new();
    private readonly RegisterPool _registers = new();
    private readonly Frame _frame;
    private readonly SharedValues _shared;
    private readonly Label _end = new();
    private Place _busy;
    private readonly Dictionary<ProbeVariable, BpfRegister> _variableRegisters = [];
    private readonly Dictionary<ProbeVariable, Place> _variablePlaces = [];

    internal ProgramGenerator(Probe probe, int index, UnitLayout layout, IReadOnlySet<ProbeMap> deletedFrom, int? largestOnStack)
    {
        (_probe, _index, _layout, _deletedFrom) = (probe, index, layout, deletedFrom);
        _kind = KindOf(probe.Targets[0]);
        _frame = new(largestOnStack);
        _shared = new(probe.Body);
    }

    /// <exception cref="ProbeException">It cannot be compiled.</exception>
    /// <exception cref="FrameExhaustedException">It needs more memory than it was given.</exception>
    internal CompiledProgram Generate()
    {
        Label withoutScratch = new(), isBusy = new();
        KeepContext();
        bool isShared = _frame.HasScratch && _layout.MayInterrupt(_probe);
        if (_frame.HasScratch)
        {
            TakeScratchEntry(withoutScratch, isShared ? isBusy : null);
        }

        PlaceVariables();
        Generate(_probe.Body);
        _code.Span = SourceSpan.None;
        _code.Mark(_end);
        if (isShared)
        {
            Occupy(-1);
        }

        _code.Mark(withoutScratch);
        _code.Load64(BpfRegister.R0, 0);
        _code.Exit();
        if (isShared)
        {
            _code.Mark(isBusy);
            Occupy(-1);
            Count(CompiledUnit.LostEventCounter);
            _code.Jump(withoutScratch);
        }

        if (_frame.HasScratch)
        {
            _ = _layout.Scratch(_frame.ScratchBytes);
        }

        return _code.Finish(_probe, _index, _kind);
    }

    internal static ProgramKind KindOf(AttachTarget target) => target switch
    {
        TracepointTarget => ProgramKind.Tracepoint,
        RawTracepointTarget { BtfId: 0 } or IntervalTarget or OnceTarget => ProgramKind.RawTracepoint,
        RawTracepointTarget or FentryTarget or IteratorTarget => ProgramKind.Tracing,
        KprobeTarget or UprobeTarget or UsdtTarget => ProgramKind.Kprobe,
        ProfileTarget or PerfEventTarget => ProgramKind.PerfEvent,
        _ => throw new ArgumentException($"{target.GetType().Name} is no kind of attach point that programs are made for.", nameof(target)),
    };

    private void KeepContext()
    {
        if (TreeWalk.Expressions(_probe.Body).Any(each => each is Builtin { Value: BuiltinValue.Context or BuiltinValue.FunctionAddress } or StackTrace))
        {
            Move(_registers.Take(BpfRegister.R6), BpfRegister.R1);
        }
    }

    /// <param name="failed">Where to go when there is none.</param>
    /// <param name="isBusy">Where to go when a run that this one interrupts has it; null when none can.</param>
    private void TakeScratchEntry(Label failed, Label? isBusy)
    {
        (int, int) mark = _frame.Mark();
        Place key = _frame.Take(8);
        _code.Emit(BpfInstruction.Store(BpfWidth.Four, key.Base, key.Offset, _index));
        Lookup(_layout.Scratch(8), key);
        Move(_registers.Take(BpfRegister.R9), BpfRegister.R0);
        _code.JumpIf(BpfJump.Equal, BpfRegister.R9, 0, failed);
        _registers.Release(BpfRegister.R0);
        _frame.Return(mark);
        if (isBusy is not null)
        {
            // Counted first and looked at then: of two runs that meet at least one sees the other, whatever the order.
            _busy = _frame.TakeScratch(8);
            Occupy(1);
            BpfRegister runs = _registers.Take();
            _code.Emit(BpfInstruction.Load(BpfWidth.Eight, runs, _busy.Base, _busy.Offset));
            _code.JumpIf(BpfJump.NotEqual, runs, 1, isBusy);
            _registers.Release(runs);
        }
    }

    /// <summary>Adds to the number of runs that have the scratch entry of this CPU.</summary>
    private void Occupy(int change)
    {
        BpfRegister amount = LoadNumber(change);
        _code.Emit(BpfInstruction.AtomicAdd(_busy.Base, _busy.Offset, amount));
        _registers.Release(amount);
    }

    /// <summary>Gives the most used scalars the registers, all others memory. One register stays free for a value that must outlive a call.</summary>
    private void PlaceVariables()
    {
        Dictionary<ProbeVariable, int> uses = _probe.Variables.ToDictionary(each => each, _ => 0);
        foreach (VariableValue use in TreeWalk.Expressions(_probe.Body).OfType<VariableValue>())
        {
            uses[use.Variable]++;
        }

        IEnumerable<(object Owner, int Uses)> scalars =
        [
            .. uses.Where(each => each.Key.Type.IsScalar).Select(each => ((object)each.Key, each.Value)),
            .. _shared.All.Select(each => ((object)each, each.Uses)),
        ];
        foreach ((object owner, _) in scalars.OrderByDescending(each => each.Uses).ToList())
        {
            BpfRegister? register = _registers.FreeSaved > 1 ? _registers.TakeSaved() : null;
            switch (owner)
            {
                case SharedValue shared:
                    shared.Register = register;
                    shared.Slot = register is null ? _frame.Take(8) : default;
                    break;
                case ProbeVariable variable when register is { } home:
                    _variableRegisters.Add(variable, home);
                    _code.Load64(home, 0);
                    break;
            }
        }

        foreach (ProbeVariable variable in _probe.Variables.Where(each => !_variableRegisters.ContainsKey(each)))
        {
            Place place = _frame.Take(variable.Type.Size);
            _variablePlaces.Add(variable, place);
            Clear(place, variable.Type.Size);
        }
    }

    private void Move(BpfRegister to, BpfRegister from)
    {
        if (to != from)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.Move, to, from));
        }
    }

    /// <summary>Two moves at once, whichever way they overlap; r0 is free.</summary>
    private void MoveBoth(BpfRegister firstTo, BpfRegister firstFrom, BpfRegister secondTo, BpfRegister secondFrom)
    {
        if (firstFrom != secondTo)
        {
            Move(secondTo, secondFrom);
            Move(firstTo, firstFrom);
        }
        else
        {
            Move(BpfRegister.R0, firstFrom);
            Move(secondTo, secondFrom);
            Move(firstTo, BpfRegister.R0);
        }
    }

    private void LoadAddress(BpfRegister register, Place place)
    {
        Move(register, place.Base);
        if (place.Offset != 0)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.Add, register, place.Offset));
        }
    }

    /// <summary>Calls a helper; its answer is in r0, which is taken.</summary>
    private BpfRegister Call(BpfHelper helper)
    {
        _registers.CheckCall();
        _code.Emit(BpfInstruction.Call(helper));
        return _registers.Take(BpfRegister.R0);
    }

    private void CallAndForget(BpfHelper helper) => _registers.Release(Call(helper));
}
