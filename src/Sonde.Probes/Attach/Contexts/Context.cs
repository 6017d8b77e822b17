using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Contexts;

/// <summary>Loads from the program's context.</summary>
internal static class Context
{
    internal static Load Load(int offset, ProbeType type, SourceSpan span, AddressSpace space = AddressSpace.Context) =>
        new(new Builtin(BuiltinValue.Context, new PointerType(TargetVoid.Instance, AddressSpace.Context), span), space, offset, WidthOf(type), 0, 0, type, span);

    private static int WidthOf(ProbeType type) => type is IntegerType integer ? integer.Width : 8;
}

/// <summary>An event without anything to see: <c>BEGIN</c>, <c>END</c>, <c>interval</c>.</summary>
internal sealed record EmptyContext : EventContext
{
    internal static EmptyContext Instance { get; } = new();
}
