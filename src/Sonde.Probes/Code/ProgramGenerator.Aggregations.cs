using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Aggregations: one look-up, then the value is changed where it lies.</summary>
internal sealed partial class ProgramGenerator
{
    private const short CountWord = 0, SumWord = 8, MinimumWord = 16, MaximumWord = 24;

    private void Add(Aggregate aggregate)
    {
        Label refused = new();
        Held? held = aggregate.Value is { } value && Calls(value) ? Hold(EvaluateNumber(value)) : null;
        int map = _layout.IndexOf(aggregate.Map);
        BpfRegister address = FindOrInsert(map, BuildKey(aggregate.Map, aggregate.Key), refused);
        Aggregation aggregation = aggregate.Map.Aggregation!;
        bool isAtomic = _layout.IsAtomic(aggregate.Map);
        if (aggregation.Kind == AggregationKind.Count)
        {
            Increment(new(address, 0), isAtomic);
        }
        else
        {
            Scalar amount = held is { } kept ? new(Restore(kept), true) : ReadNumber(aggregate.Value!);
            Add(aggregation, address, amount.Register, isAtomic);
            Release(amount);
        }

        _registers.Release(address);
        _code.Mark(refused);
    }

    private void Add(Aggregation aggregation, BpfRegister address, BpfRegister value, bool isAtomic)
    {
        switch (aggregation.Kind)
        {
            case AggregationKind.Sum:
                Increase(new(address, 0), value, isAtomic);
                StoreWord(new(address, WordSize), 1);
                break;
            case AggregationKind.Average or AggregationKind.Statistics:
                Increase(new(address, 0), value, isAtomic);
                Increment(new(address, WordSize), isAtomic);
                break;
            case AggregationKind.Minimum or AggregationKind.Maximum:
                Label isNewExtreme = new(), done = new();
                JumpIfZero(new(address, WordSize), isNewExtreme);
                JumpUnlessExtreme(new(address, 0), value, aggregation.Kind == AggregationKind.Maximum, aggregation.IsSigned, done);
                _code.Mark(isNewExtreme);
                _code.Emit(BpfInstruction.Store(BpfWidth.Eight, address, 0, value));
                StoreWord(new(address, WordSize), 1);
                _code.Mark(done);
                break;
            default:
                if (aggregation.KeepsSummary)
                {
                    Summarize(aggregation, new(address, checked((short)(UnitLayout.Buckets(aggregation) * WordSize))), value, isAtomic);
                }

                CountBucket(aggregation, address, value, isAtomic);
                break;
        }
    }

    /// <summary>Count, sum, least and greatest value, behind the buckets.</summary>
    private void Summarize(Aggregation aggregation, Place summary, BpfRegister value, bool isAtomic)
    {
        Label isFirst = new(), isMinimum = new(), isMaximum = new(), done = new();
        JumpIfZero(summary.At(CountWord), isFirst);
        JumpUnlessExtreme(summary.At(MinimumWord), value, false, aggregation.IsSigned, isMinimum);
        _code.Emit(BpfInstruction.Store(BpfWidth.Eight, summary.Base, summary.At(MinimumWord).Offset, value));
        _code.Mark(isMinimum);
        JumpUnlessExtreme(summary.At(MaximumWord), value, true, aggregation.IsSigned, isMaximum);
        _code.Emit(BpfInstruction.Store(BpfWidth.Eight, summary.Base, summary.At(MaximumWord).Offset, value));
        _code.Jump(done);
        _code.Mark(isFirst);
        _code.Emit(BpfInstruction.Store(BpfWidth.Eight, summary.Base, summary.At(MinimumWord).Offset, value));
        _code.Emit(BpfInstruction.Store(BpfWidth.Eight, summary.Base, summary.At(MaximumWord).Offset, value));
        _code.Mark(isMaximum);
        _code.Mark(done);
        Increment(summary.At(CountWord), isAtomic);
        Increase(summary.At(SumWord), value, isAtomic);
    }

    private void CountBucket(Aggregation aggregation, BpfRegister address, BpfRegister value, bool isAtomic)
    {
        BpfRegister bucket = _registers.Take();
        if (aggregation.Kind == AggregationKind.PowerOfTwo)
        {
            FindPowerOfTwo(bucket, value, aggregation.IsSigned);
        }
        else
        {
            FindLinear(aggregation, bucket, value);
        }

        _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, bucket, 3));
        _code.Emit(BpfInstruction.Alu(BpfAlu.Add, bucket, address));
        Increment(new(bucket, 0), isAtomic);
        _registers.Release(bucket);
    }

    /// <summary>
    /// 0 for negative numbers, 1 for 0, k + 2 for [2^k, 2^(k+1)). The logarithm is found without branches, so that the verifier walks it
    /// once and sees from the bits that are set that it is at most 63.
    /// </summary>
    private void FindPowerOfTwo(BpfRegister bucket, BpfRegister value, bool isSigned)
    {
        Label done = new();
        BpfRegister rest = _registers.Take(), step = _registers.Take();
        if (isSigned)
        {
            _code.Load64(bucket, 0);
            _code.JumpIf(BpfJump.SignedLess, value, 0, done);
        }

        _code.Load64(bucket, 1);
        _code.JumpIf(BpfJump.Equal, value, 0, done);

        // First whether there is anything in the upper half, which may have its top bit set.
        Move(rest, value);
        Move(step, value);
        _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, step, 32));
        _code.Emit(BpfInstruction.Alu(BpfAlu.Negate, step, 0));
        _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, step, 63));
        _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, step, 5));
        _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, rest, step));
        Move(bucket, step);
        for (int bit = 4; bit >= 0; bit--)
        {
            // The top bit of (2^2^bit - 1) - rest says whether rest is greater.
            _code.Load64(step, (1 << (1 << bit)) - 1);
            _code.Emit(BpfInstruction.Alu(BpfAlu.Subtract, step, rest));
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, step, 63));
            if (bit > 0)
            {
                _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, step, bit));
                _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, rest, step));
            }

            _code.Emit(BpfInstruction.Alu(BpfAlu.Or, bucket, step));
        }

        // The verifier before 5.13 loses sight of it on the way.
        _code.Emit(BpfInstruction.Alu(BpfAlu.And, bucket, 63));
        AddConstant(bucket, 2);
        _code.Mark(done);
        _registers.Release(rest);
        _registers.Release(step);
    }

    private void FindLinear(Aggregation aggregation, BpfRegister bucket, BpfRegister value)
    {
        int last = UnitLayout.Buckets(aggregation) - 1;
        Label below = new(), above = new(), done = new();
        BpfJump isLess = aggregation.IsSigned ? BpfJump.SignedLess : BpfJump.Less;
        BpfJump isAtLeast = aggregation.IsSigned ? BpfJump.SignedGreaterOrEqual : BpfJump.GreaterOrEqual;
        if (aggregation.IsSigned || aggregation.LinearMin > 0)
        {
            JumpIf(isLess, value, aggregation.LinearMin, below);
        }

        JumpIf(isAtLeast, value, aggregation.LinearMax, above);
        Move(bucket, value);
        WithConstant(BpfAlu.Subtract, bucket, aggregation.LinearMin);
        if (aggregation.LinearStep != 1)
        {
            WithConstant(BpfAlu.Divide, bucket, aggregation.LinearStep);
        }

        AddConstant(bucket, 1);

        // True always; the verifier does not know what a division leaves.
        _code.JumpIf(BpfJump.LessOrEqual, bucket, last, done);
        _code.Mark(above);
        _code.Load64(bucket, last);
        _code.Jump(done);
        _code.Mark(below);
        _code.Load64(bucket, 0);
        _code.Mark(done);
    }

    private void JumpIf(BpfJump comparison, BpfRegister register, long value, Label target)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            _code.JumpIf(comparison, register, (int)value, target);
            return;
        }

        BpfRegister constant = LoadNumber(value);
        _code.JumpIf(comparison, register, constant, target);
        _registers.Release(constant);
    }

    private void WithConstant(BpfAlu operation, BpfRegister register, long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            _code.Emit(BpfInstruction.Alu(operation, register, (int)value));
            return;
        }

        BpfRegister constant = LoadNumber(value);
        _code.Emit(BpfInstruction.Alu(operation, register, constant));
        _registers.Release(constant);
    }

    private void JumpIfZero(Place place, Label target)
    {
        BpfRegister word = LoadWord(place);
        _code.JumpIf(BpfJump.Equal, word, 0, target);
        _registers.Release(word);
    }

    /// <summary>Jumps when what is kept is as extreme as the value already.</summary>
    private void JumpUnlessExtreme(Place kept, BpfRegister value, bool isMaximum, bool isSigned, Label target)
    {
        BpfRegister word = LoadWord(kept);
        _code.JumpIf(
            (isMaximum, isSigned) switch
            {
                (true, false) => BpfJump.GreaterOrEqual,
                (true, true) => BpfJump.SignedGreaterOrEqual,
                (false, false) => BpfJump.LessOrEqual,
                _ => BpfJump.SignedLessOrEqual,
            },
            word, value, target);
        _registers.Release(word);
    }

    private void Increment(Place place, bool isAtomic)
    {
        if (isAtomic)
        {
            BpfRegister one = LoadNumber(1);
            Increase(place, one, isAtomic);
            _registers.Release(one);
            return;
        }

        BpfRegister word = LoadWord(place);
        AddConstant(word, 1);
        StoreAndRelease(word, place);
    }

    private void Increase(Place place, BpfRegister amount, bool isAtomic)
    {
        if (isAtomic)
        {
            _code.Emit(BpfInstruction.AtomicAdd(place.Base, place.Offset, amount));
            return;
        }

        BpfRegister word = LoadWord(place);
        _code.Emit(BpfInstruction.Alu(BpfAlu.Add, word, amount));
        StoreAndRelease(word, place);
    }
}
