using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>Of a map or a variable that is read before the pass that finds out what it holds. Everything that is made of it is unknown as well.</summary>
internal sealed record UnknownType : ProbeType
{
    public static UnknownType Instance { get; } = new();

    public override int Size => 8;

    public override bool IsScalar => true;
}

internal sealed record UnknownValue(SourceSpan Span) : Expression(UnknownType.Instance, Span);

/// <summary>Of a function that is called for its effect: the effect is a statement by then.</summary>
internal sealed record NoValue(string Function, SourceSpan Span) : Expression(VoidType.Instance, Span);
