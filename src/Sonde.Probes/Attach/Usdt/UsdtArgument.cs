using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Usdt;

/// <summary>Where an argument of a static probe is: a number in the code, a register, or memory that registers lead to.</summary>
/// <param name="Type">Width and sign, as the note has them: <c>-4@</c> is a signed one of four bytes.</param>
internal abstract record UsdtArgument(IntegerType Type)
{
    internal abstract Expression ToExpression(RegisterTable registers, SourceSpan span);

    private protected static Load Register(RegisterTable registers, string name, SourceSpan span) =>
        Context.Load(registers.Offsets[name], IntegerType.UInt64, span);
}

/// <summary><c>-4@$5</c>.</summary>
internal sealed record UsdtConstant(IntegerType Type, long Value) : UsdtArgument(Type)
{
    internal override Expression ToExpression(RegisterTable registers, SourceSpan span) => new IntegerLiteral(Value, Type, span);
}

/// <summary><c>8@%rdi</c>, <c>-4@%eax</c>.</summary>
internal sealed record UsdtRegister(IntegerType Type, string Name) : UsdtArgument(Type)
{
    internal override Expression ToExpression(RegisterTable registers, SourceSpan span) => Type.Width == 8
        ? Register(registers, Name, span) with { Type = Type }
        : new Cast(Register(registers, Name, span), Type, span);
}

/// <summary>Memory at base + index * scale + offset: <c>8@-16(%rbp)</c>, <c>4@8(%rax,%rbx,4)</c>, <c>8@[sp, 16]</c>.</summary>
/// <param name="Type">Of what is read there.</param>
/// <param name="Base">Null for an index alone.</param>
/// <param name="Index">Null without.</param>
/// <param name="Scale">1, 2, 4 or 8.</param>
/// <param name="Offset">In bytes.</param>
internal sealed record UsdtMemory(IntegerType Type, string? Base, string? Index, int Scale, int Offset) : UsdtArgument(Type)
{
    internal override Expression ToExpression(RegisterTable registers, SourceSpan span)
    {
        Expression? address = Base is null ? null : Register(registers, Base, span);
        if (Index is not null)
        {
            Expression index = Register(registers, Index, span);
            if (Scale != 1)
            {
                index = new Binary(BinaryOperator.Multiply, index, new IntegerLiteral(Scale, IntegerType.UInt64, span), false, IntegerType.UInt64, span);
            }

            address = address is null ? index : new Binary(BinaryOperator.Add, address, index, false, IntegerType.UInt64, span);
        }

        return new Load(address ?? new IntegerLiteral(0, IntegerType.UInt64, span), AddressSpace.User, Offset, Type.Width, 0, 0, Type, span);
    }
}

/// <summary>An argument that no program can read: in a floating-point register, or in a form that is not understood.</summary>
/// <param name="Text">As the note has it.</param>
internal sealed record UsdtUnreadable(string Text) : UsdtArgument(IntegerType.UInt64)
{
    internal override Expression ToExpression(RegisterTable registers, SourceSpan span) =>
        throw new ProbeException($"This argument of the static probe is '{Text}', which programs in the kernel cannot read.", span);
}
