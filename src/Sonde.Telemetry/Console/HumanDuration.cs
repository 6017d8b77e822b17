using System.Globalization;

namespace Sonde.Telemetry.Console;

/// <summary>A duration for a person: three digits and a unit, the units of a column below each other.</summary>
public static class HumanDuration
{
    /// <summary>The columns that every duration takes.</summary>
    public const int Width = 7;

    /// <summary>Writes the duration, for example <c>12.3 ms</c>, <c> 850 µs</c>, <c>1.20 s </c>, <c> 2:05 m</c>.</summary>
    /// <param name="nanoseconds">The duration.</param>
    /// <returns><see cref="Width"/> characters.</returns>
    public static string Format(ulong nanoseconds) => nanoseconds switch
    {
        < 999_500 => Scaled(nanoseconds / 1e3, "µs"),
        < 999_500_000 => Scaled(nanoseconds / 1e6, "ms"),
        < 59_950_000_000 => Scaled(nanoseconds / 1e9, "s "),
        < 3_600_000_000_000 => string.Create(
            CultureInfo.InvariantCulture, $"{nanoseconds / 60_000_000_000}:{nanoseconds / 1_000_000_000 % 60:00} m").PadLeft(Width),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 3.6e12:0.0} h ").PadLeft(Width),
    };

    private static string Scaled(double value, string unit)
    {
        string digits = value.ToString(value < 9.995 ? "0.00" : value < 99.95 ? "0.0" : "0", CultureInfo.InvariantCulture);
        return $"{digits,4} {unit}";
    }
}
