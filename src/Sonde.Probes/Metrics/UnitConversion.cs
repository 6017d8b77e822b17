namespace Sonde.Probes.Metrics;

/// <summary>From the unit in which a program counts to a metric's.</summary>
internal static class UnitConversion
{
    /// <summary>How many of the smallest unit of its kind a unit is, UCUM's notation.</summary>
    private static readonly (string Kind, string Unit, long Size)[] s_units =
    [
        ("time", "ns", 1), ("time", "us", 1_000), ("time", "ms", 1_000_000), ("time", "s", 1_000_000_000),
        ("size", "By", 1), ("size", "KiBy", 1 << 10), ("size", "MiBy", 1 << 20), ("size", "GiBy", 1 << 30),
        ("part", "%", 1), ("part", "1", 100),
    ];

    /// <summary>Finds what a number is multiplied by and divided by; one of both is 1, so that a whole number stays exact for as long as it can.</summary>
    /// <returns>False when the units are not of one kind.</returns>
    public static bool TryFind(string from, string to, out UnitRatio ratio)
    {
        ratio = UnitRatio.None;
        if (from == to)
        {
            return true;
        }

        (string Kind, string Unit, long Size) source = s_units.FirstOrDefault(row => row.Unit == from);
        (string Kind, string Unit, long Size) target = s_units.FirstOrDefault(row => row.Unit == to);
        if (source.Kind is null || source.Kind != target.Kind)
        {
            return false;
        }

        ratio = source.Size >= target.Size ? new UnitRatio(source.Size / target.Size, 1) : new UnitRatio(1, target.Size / source.Size);
        return true;
    }
}

/// <summary>A number of one unit in another: times <paramref name="Factor"/>, through <paramref name="Divisor"/>.</summary>
internal readonly record struct UnitRatio(long Factor, long Divisor)
{
    public static UnitRatio None => new(1, 1);

    public bool IsOne => Factor == 1 && Divisor == 1;

    /// <summary>The nearest floating-point number to the quotient.</summary>
    public double Convert(double number) => number * Factor / Divisor;
}
