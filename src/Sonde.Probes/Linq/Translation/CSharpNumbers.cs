using Sonde.Probes.Binding;
using Sonde.Probes.Model;

namespace Sonde.Probes.Linq.Translation;

/// <summary>Where C# counts otherwise than the probe language: in the width of its types, not always in 64 bits.</summary>
internal static class CSharpNumbers
{
    /// <summary>A number that may have more bits than a type of C# has, as that type; as it is when it fits anyway.</summary>
    public static Expression Fitted(Expression value, IntegerType wanted, SourceSpan span) => value.Type switch
    {
        IntegerType own when value is not IntegerLiteral && Holds(wanted, own) => value,
        PointerType when wanted.Width == 8 && !wanted.IsSigned => value,
        _ => Operators.Cast(value, wanted, span),
    };

    /// <summary>The result of arithmetic, which C# cuts to the type's width.</summary>
    public static Expression Cut(Expression value, IntegerType type, SourceSpan span) =>
        type.Width < 8 || value.Type != type ? Operators.Cast(value, type, span) : value;

    private static bool Holds(IntegerType type, IntegerType other) => type.IsSigned == other.IsSigned
        ? other.Width <= type.Width
        : type.IsSigned && other.Width < type.Width;
}
