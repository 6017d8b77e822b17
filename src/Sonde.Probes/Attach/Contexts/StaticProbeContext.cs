using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Attach.Usdt;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Contexts;

/// <summary>A static probe: its arguments are where the compiler had them at this place.</summary>
internal sealed record StaticProbeContext(RegisterTable Registers, IReadOnlyList<UsdtArgument> Places, Func<string, long?> DistanceTo) : EventContext
{
    private readonly RegisterContext _registers = new(Registers, CodePlace.Entry, IsUser: true) { DistanceTo = DistanceTo };

    public override AddressSpace PointerSpace => AddressSpace.User;

    public override bool IsUserSpace => true;

    public override Expression? Argument(int index, SourceSpan span) => index < Places.Count ? Places[index].ToExpression(Registers, span) : null;

    public override Expression? Function(SourceSpan span) => _registers.Function(span);

    public override Expression? SymbolAddress(string name, SourceSpan span) => _registers.SymbolAddress(name, span);

    public override Expression? Register(string name, SourceSpan span) => _registers.Register(name, span);
}
