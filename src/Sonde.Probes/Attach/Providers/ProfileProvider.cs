using System.Globalization;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary>A frequency or a period: <c>hz:99</c>, <c>ms:10</c>; and, as newer programs have it, <c>10ms</c>.</summary>
/// <param name="Number">How many.</param>
/// <param name="Unit">Nanoseconds of one; 0 for <c>hz</c>.</param>
internal readonly record struct Timing(long Number, long Unit)
{
    private static readonly (string Name, long Nanoseconds)[] _units = [("hz", 0), ("ms", 1_000_000), ("us", 1_000), ("s", 1_000_000_000)];

    internal static IEnumerable<string> UnitNames => _units.Select(unit => unit.Name);

    /// <exception cref="ProbeException">Another unit, or no number.</exception>
    internal static Timing Parse(AttachPattern pattern)
    {
        (string unit, string number) = pattern.Parts switch
        {
            [var first, var second] => (first, second),
            [var whole] => (whole.TrimStart("0123456789").ToString(), whole[..^whole.AsSpan().TrimStart("0123456789").Length]),
            _ => ("", ""),
        };
        foreach ((string name, long nanoseconds) in _units)
        {
            if (name == unit && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value > 0
                && value <= (nanoseconds == 0 ? 1_000_000_000 : long.MaxValue / nanoseconds))
            {
                return new(value, nanoseconds);
            }
        }

        throw new ProbeException($"'{pattern}' is not understood: it is written {pattern.Provider}:hz:99, with hz, s, ms or us and a number above 0.", pattern.Span);
    }
}

/// <summary><c>profile:hz:99</c>: a sample of what runs, on every CPU.</summary>
internal sealed class ProfileProvider(Machine machine, string name) : AttachProvider(machine, name)
{
    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        Timing timing = Timing.Parse(pattern);
        ProfileTarget target = new(FullName([.. pattern.Parts]), timing.Unit == 0 ? timing.Number : timing.Number * timing.Unit, timing.Unit == 0);
        return [new(target, new RegisterContext(RegisterTable.Native, CodePlace.Anywhere, IsUser: false))];
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) =>
        Timing.UnitNames.Select(unit => new ListedAttachPoint(FullName(unit, ""), []));
}

/// <summary><c>interval:s:1</c>: now and then, once.</summary>
internal sealed class IntervalProvider(Machine machine, string name) : AttachProvider(machine, name)
{
    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        Timing timing = Timing.Parse(pattern);
        long nanoseconds = timing.Unit == 0 ? 1_000_000_000 / timing.Number : timing.Number * timing.Unit;
        return [new(new IntervalTarget(FullName([.. pattern.Parts]), TimeSpan.FromTicks(Math.Max(1, nanoseconds / TimeSpan.NanosecondsPerTick))), EmptyContext.Instance)];
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) =>
        Timing.UnitNames.Select(unit => new ListedAttachPoint(FullName(unit, ""), []));
}
