using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Conditions: as jumps.</summary>
internal sealed partial class ProgramGenerator
{
    /// <summary>Jumps when the condition is as asked for. What is known afterwards is what is known where it does not jump.</summary>
    /// <returns>What is known where it jumps to.</returns>
    private HashSet<SharedValue> Branch(Expression condition, Label target, bool whenTrue)
    {
        switch (condition)
        {
            case IntegerLiteral literal:
                if (literal.Value != 0 == whenTrue)
                {
                    _code.Jump(target);
                }

                break;
            case Unary { Operator: UnaryOperator.Not } unary:
                return Branch(unary.Operand, target, !whenTrue);
            case Binary { Operator: BinaryOperator.And or BinaryOperator.Or } binary:
                return BranchOnBoth(binary, target, whenTrue);
            case Binary { Operator: BinaryOperator.Equal or BinaryOperator.NotEqual, Right: IntegerLiteral { Value: 0 } } binary:
                return Branch(binary.Left, target, whenTrue == (binary.Operator == BinaryOperator.NotEqual));
            case Binary binary when ComparisonOf(binary) is { } comparison:
                Compare(binary, whenTrue ? comparison : Opposite(comparison), target);
                break;
            case CompareStrings strings:
                BranchOnStrings(strings, target, whenTrue);
                break;
            case StringContains contains:
                BranchOnPart(contains, target, whenTrue);
                break;
            default:
                Scalar value = Read(condition);
                _code.JumpIf(whenTrue ? BpfJump.NotEqual : BpfJump.Equal, value.Register, 0, target);
                Release(value);
                break;
        }

        return _shared.Save();
    }

    private HashSet<SharedValue> BranchOnBoth(Binary binary, Label target, bool whenTrue)
    {
        if (binary.Operator == BinaryOperator.Or == whenTrue)
        {
            // One is enough to jump.
            HashSet<SharedValue> first = Branch(binary.Left, target, whenTrue);
            first.IntersectWith(Branch(binary.Right, target, whenTrue));
            return first;
        }

        Label stay = new();
        HashSet<SharedValue> notBoth = Branch(binary.Left, stay, !whenTrue);
        HashSet<SharedValue> both = Branch(binary.Right, target, whenTrue);
        _code.Mark(stay);
        _shared.Merge(notBoth);
        return both;
    }

    private void Compare(Binary binary, BpfJump comparison, Label target)
    {
        (Expression left, Expression right) = (binary.Left, binary.Right);
        if (left is IntegerLiteral)
        {
            (left, right, comparison) = (right, left, Mirrored(comparison));
        }

        if (right is IntegerLiteral { Value: >= int.MinValue and <= int.MaxValue } literal)
        {
            Scalar value = ReadNumber(left);
            _code.JumpIf(comparison, value.Register, (int)literal.Value, target);
            Release(value);
            return;
        }

        (Scalar first, Scalar second) = ReadPair(left, right);
        _code.JumpIf(comparison, first.Register, second.Register, target);
        Release(first);
        Release(second);
    }

    private static BpfJump? ComparisonOf(Binary binary) => (binary.Operator, binary.IsSigned) switch
    {
        (BinaryOperator.Equal, _) => BpfJump.Equal,
        (BinaryOperator.NotEqual, _) => BpfJump.NotEqual,
        (BinaryOperator.Less, false) => BpfJump.Less,
        (BinaryOperator.Less, true) => BpfJump.SignedLess,
        (BinaryOperator.LessOrEqual, false) => BpfJump.LessOrEqual,
        (BinaryOperator.LessOrEqual, true) => BpfJump.SignedLessOrEqual,
        (BinaryOperator.Greater, false) => BpfJump.Greater,
        (BinaryOperator.Greater, true) => BpfJump.SignedGreater,
        (BinaryOperator.GreaterOrEqual, false) => BpfJump.GreaterOrEqual,
        (BinaryOperator.GreaterOrEqual, true) => BpfJump.SignedGreaterOrEqual,
        _ => null,
    };

    /// <summary>What holds when the other does not.</summary>
    private static BpfJump Opposite(BpfJump comparison) => comparison switch
    {
        BpfJump.Equal => BpfJump.NotEqual,
        BpfJump.NotEqual => BpfJump.Equal,
        BpfJump.Less => BpfJump.GreaterOrEqual,
        BpfJump.LessOrEqual => BpfJump.Greater,
        BpfJump.Greater => BpfJump.LessOrEqual,
        BpfJump.GreaterOrEqual => BpfJump.Less,
        BpfJump.SignedLess => BpfJump.SignedGreaterOrEqual,
        BpfJump.SignedLessOrEqual => BpfJump.SignedGreater,
        BpfJump.SignedGreater => BpfJump.SignedLessOrEqual,
        _ => BpfJump.SignedLess,
    };

    /// <summary>The same with the sides exchanged.</summary>
    private static BpfJump Mirrored(BpfJump comparison) => comparison switch
    {
        BpfJump.Less => BpfJump.Greater,
        BpfJump.LessOrEqual => BpfJump.GreaterOrEqual,
        BpfJump.Greater => BpfJump.Less,
        BpfJump.GreaterOrEqual => BpfJump.LessOrEqual,
        BpfJump.SignedLess => BpfJump.SignedGreater,
        BpfJump.SignedLessOrEqual => BpfJump.SignedGreaterOrEqual,
        BpfJump.SignedGreater => BpfJump.SignedLess,
        BpfJump.SignedGreaterOrEqual => BpfJump.SignedLessOrEqual,
        _ => comparison,
    };
}
