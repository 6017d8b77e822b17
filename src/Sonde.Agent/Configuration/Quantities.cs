using System.Globalization;

namespace Sonde.Agent.Configuration;

/// <summary>Numbers with a unit, as people write them.</summary>
internal static class Quantities
{
    private static readonly (string Unit, long Bytes)[] Sizes = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

    private static readonly (string Unit, long Ticks)[] Times =
    [
        ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond), ("µs", TimeSpan.TicksPerMicrosecond),
    ];

    /// <summary>Reads <c>8MiB</c>, <c>4 KiB</c>, <c>512B</c> or <c>512</c>.</summary>
    public static bool TryParseSize(string text, out int bytes)
    {
        (string digits, string unit) = Cut(text);
        long scale = unit.Length == 0 ? 1 : Sizes.FirstOrDefault(size => size.Unit == unit).Bytes;
        return TryScale(digits, scale, int.MaxValue, out long value) & (bytes = (int)value) >= 0;
    }

    /// <summary>Reads <c>1.5s</c>, <c>20ms</c>, <c>5m</c>; a unit is needed, except for <c>0</c>.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        (string digits, string unit) = Cut(text);
        long scale = unit.Length == 0 && digits == "0" ? 1 : Times.FirstOrDefault(candidate => candidate.Unit == unit).Ticks;
        bool good = TryScale(digits, scale, TimeSpan.TicksPerDay * 365, out long ticks);
        time = TimeSpan.FromTicks(ticks);
        return good;
    }

    /// <summary>Writes the largest unit that gives a whole number.</summary>
    public static string FormatSize(int bytes)
    {
        (string unit, long scale) = Sizes.First(size => bytes % size.Bytes == 0 && (bytes != 0 || size.Bytes == 1));
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / scale}{(scale == 1 ? "" : unit)}");
    }

    /// <summary>Writes the largest unit that gives a whole number.</summary>
    public static string FormatTime(TimeSpan time)
    {
        if (time == TimeSpan.Zero)
        {
            return "0";
        }

        (string unit, long scale) = Times.First(candidate => time.Ticks % candidate.Ticks == 0 || candidate.Unit == "us");
        return string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / scale}{unit}");
    }

    private static (string Digits, string Unit) Cut(string text)
    {
        text = text.Trim();
        int end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }

        return (text[..end], text[end..].TrimStart());
    }

    private static bool TryScale(string digits, long scale, long largest, out long value)
    {
        value = 0;
        if (scale == 0 || !decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number > largest / scale)
        {
            return false;
        }

        value = (long)(number * scale);
        return true;
    }
}
