using System.Text;
using Sonde.Telemetry.Metrics;

namespace Sonde.Telemetry.Prometheus;

/// <summary>Names as Prometheus has them (OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility").</summary>
internal static class PrometheusNames
{
    private static readonly Dictionary<string, string> s_units = new()
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["TiBy"] = "tebibytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["TBy"] = "terabytes",
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["%"] = "percent",
    };

    private static readonly Dictionary<string, string> s_rates = new()
    {
        ["s"] = "second",
        ["m"] = "minute",
        ["min"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
        ["w"] = "week",
        ["mo"] = "month",
        ["y"] = "year",
    };

    /// <summary>The name of a metric's family, its unit behind it, without <c>_total</c>; and the unit's word, empty for none.</summary>
    public static (string Family, string Unit) Family(Instrument instrument)
    {
        string unit = UnitWord(instrument);
        string name = Name(instrument.Name, allowColon: true);
        if (instrument.Kind == InstrumentKind.Counter && name.EndsWith("_total", StringComparison.Ordinal))
        {
            name = name[..^"_total".Length];
        }

        bool hasUnit = unit.Length == 0 || name.EndsWith("_" + unit, StringComparison.Ordinal) || name == unit;
        return (hasUnit ? name : $"{name}_{unit}", unit);
    }

    /// <summary>An attribute's key as a label's name.</summary>
    public static string Label(string key) => Name(key, allowColon: false);

    /// <summary>What a name may not have becomes one underscore, however many stand in a row; a digit gets one in front.</summary>
    private static string Name(string text, bool allowColon)
    {
        var name = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            bool isGood = char.IsAsciiLetterOrDigit(character) || (allowColon && character == ':');
            if (isGood || name.Length == 0 || name[^1] != '_')
            {
                name.Append(isGood ? character : '_');
            }
        }

        return name.Length == 0 || char.IsAsciiDigit(name[0]) ? $"_{name}" : name.ToString();
    }

    private static string UnitWord(Instrument instrument)
    {
        string unit = WithoutAnnotations(instrument.Unit);
        if (unit == "1")
        {
            return instrument.Kind == InstrumentKind.Gauge ? "ratio" : "";
        }

        string[] parts = unit.Split('/', 2);
        string word = s_units.GetValueOrDefault(parts[0], parts[0]);
        string per = parts.Length > 1 && parts[1].Length > 0 ? $"_per_{s_rates.GetValueOrDefault(parts[1], parts[1])}" : "";
        return word.Length + per.Length == 0 ? "" : Name(word + per, allowColon: false).Trim('_');
    }

    /// <summary><c>{span}</c> says what is counted, and is no unit.</summary>
    private static string WithoutAnnotations(string unit)
    {
        int open;
        while ((open = unit.IndexOf('{', StringComparison.Ordinal)) >= 0 && unit.IndexOf('}', open) is >= 0 and int close)
        {
            unit = unit.Remove(open, close - open + 1);
        }

        return unit;
    }
}
