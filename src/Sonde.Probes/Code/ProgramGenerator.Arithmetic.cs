using System.Numerics;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Operations on two scalars, and what fits numbers to their types.</summary>
internal sealed partial class ProgramGenerator
{
    private BpfRegister EvaluateBinary(Binary binary)
    {
        if (binary.Right is IntegerLiteral { Value: >= int.MinValue and <= int.MaxValue } literal)
        {
            BpfRegister register = EvaluateNumber(binary.Left);
            Operate(binary, register, (int)literal.Value);
            return register;
        }

        (Scalar left, Scalar right) = ReadPair(binary.Left, binary.Right);
        BpfRegister result = Own(left);
        if (binary.IsSigned && binary.Operator is BinaryOperator.Divide or BinaryOperator.Remainder)
        {
            BpfRegister divisor = Own(right);
            DivideSigned(binary.Operator, result, divisor);
            _registers.Release(divisor);
        }
        else
        {
            _code.Emit(BpfInstruction.Alu(OperationOf(binary), result, right.Register));
            Release(right);
        }

        return result;
    }

    /// <summary>Both in registers at once: the one that calls first, and held over the call of the other.</summary>
    private (Scalar Left, Scalar Right) ReadPair(Expression left, Expression right)
    {
        if (_registers.FreeVolatiles > SpareRegisters && !Calls(right))
        {
            Scalar first = ReadNumber(left);
            return (first, ReadNumber(right));
        }

        if (_registers.FreeVolatiles > SpareRegisters && !Calls(left))
        {
            Scalar second = ReadNumber(right);
            return (ReadNumber(left), second);
        }

        Held held = Hold(EvaluateNumber(left));
        Scalar other = ReadNumber(right);
        return (new(Restore(held), true), other);
    }

    private void Operate(Binary binary, BpfRegister register, int value)
    {
        bool isPowerOfTwo = BitOperations.IsPow2(value);
        switch (binary.Operator)
        {
            case BinaryOperator.Divide when value == 0:
                _code.Load64(register, 0);
                break;
            case BinaryOperator.Remainder when value == 0:
                break;
            case BinaryOperator.Divide when isPowerOfTwo && !binary.IsSigned:
                _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftRight, register, BitOperations.Log2((uint)value)));
                break;
            case BinaryOperator.Remainder when isPowerOfTwo && !binary.IsSigned:
                _code.Emit(BpfInstruction.Alu(BpfAlu.And, register, value - 1));
                break;
            case BinaryOperator.Divide or BinaryOperator.Remainder when binary.IsSigned:
                DivideSigned(binary.Operator, register, value);
                break;
            case BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight:
                _code.Emit(BpfInstruction.Alu(OperationOf(binary), register, value & 63));
                break;
            default:
                _code.Emit(BpfInstruction.Alu(OperationOf(binary), register, value));
                break;
        }
    }

    /// <summary>The instructions divide without sign before version 4 of the instruction set: so divide the magnitudes.</summary>
    private void DivideSigned(BinaryOperator operation, BpfRegister dividend, int divisor)
    {
        Label positive = new(), end = new();
        long magnitude = Math.Abs((long)divisor);
        BpfRegister? large = magnitude > int.MaxValue ? LoadNumber(magnitude) : null;
        bool negates = operation == BinaryOperator.Divide && divisor < 0;
        _code.JumpIf(BpfJump.SignedGreaterOrEqual, dividend, 0, positive);
        Negate(dividend);
        Divide();
        if (!negates)
        {
            Negate(dividend);
        }

        _code.Jump(end);
        _code.Mark(positive);
        Divide();
        if (negates)
        {
            Negate(dividend);
        }

        _code.Mark(end);
        if (large is { } used)
        {
            _registers.Release(used);
        }

        void Divide()
        {
            BpfAlu code = operation == BinaryOperator.Divide ? BpfAlu.Divide : BpfAlu.Remainder;
            _code.Emit(large is { } register ? BpfInstruction.Alu(code, dividend, register) : BpfInstruction.Alu(code, dividend, (int)magnitude));
        }
    }

    private void DivideSigned(BinaryOperator operation, BpfRegister dividend, BpfRegister divisor)
    {
        BpfRegister sign = _registers.Take();
        Move(sign, dividend);
        if (operation == BinaryOperator.Divide)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.Xor, sign, divisor));
        }

        NegateIfNegative(dividend, dividend);
        NegateIfNegative(divisor, divisor);
        _code.Emit(BpfInstruction.Alu(operation == BinaryOperator.Divide ? BpfAlu.Divide : BpfAlu.Remainder, dividend, divisor));
        NegateIfNegative(dividend, sign);
        _registers.Release(sign);
    }

    private void NegateIfNegative(BpfRegister register, BpfRegister sign)
    {
        Label positive = new();
        _code.JumpIf(BpfJump.SignedGreaterOrEqual, sign, 0, positive);
        Negate(register);
        _code.Mark(positive);
    }

    private void Negate(BpfRegister register) => _code.Emit(BpfInstruction.Alu(BpfAlu.Negate, register, 0));

    /// <summary>Cuts a number to a width and extends it by its sign.</summary>
    private void Cut(BpfRegister register, int width, bool isSigned)
    {
        if (width == 4 && !isSigned)
        {
            _code.Emit(BpfInstruction.Alu32(BpfAlu.Move, register, register));
        }
        else if (width < 8)
        {
            Extract(register, 0, 8 * width, isSigned);
        }
    }

    /// <summary>Some bits of a register, as a number.</summary>
    private void Extract(BpfRegister register, int from, int count, bool isSigned)
    {
        if (from + count < 64)
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.ShiftLeft, register, 64 - from - count));
        }

        if (count < 64)
        {
            _code.Emit(BpfInstruction.Alu(isSigned ? BpfAlu.ShiftRightSigned : BpfAlu.ShiftRight, register, 64 - count));
        }
    }

    private static BpfAlu OperationOf(Binary binary) => binary.Operator switch
    {
        BinaryOperator.Add => BpfAlu.Add,
        BinaryOperator.Subtract => BpfAlu.Subtract,
        BinaryOperator.Multiply => BpfAlu.Multiply,
        BinaryOperator.Divide => BpfAlu.Divide,
        BinaryOperator.Remainder => BpfAlu.Remainder,
        BinaryOperator.BitAnd => BpfAlu.And,
        BinaryOperator.BitOr => BpfAlu.Or,
        BinaryOperator.BitXor => BpfAlu.Xor,
        BinaryOperator.ShiftLeft => BpfAlu.ShiftLeft,
        BinaryOperator.ShiftRight => binary.IsSigned ? BpfAlu.ShiftRightSigned : BpfAlu.ShiftRight,
        _ => throw new ArgumentException($"{binary.Operator} is no arithmetic.", nameof(binary)),
    };
}
