using System.Text.RegularExpressions;
using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>Formats of printf(3), held against the values.</summary>
internal static partial class FormatCheck
{
    /// <exception cref="ProbeException">A conversion is unknown, does not suit its value, or there are more of one than of the other.</exception>
    public static void Require(string format, IReadOnlyList<Expression> values, CallSyntax call)
    {
        int count = 0;
        foreach (Match match in Conversion().Matches(format))
        {
            string conversion = match.Groups["conversion"].Value;
            if (conversion == "%")
            {
                continue;
            }

            if (conversion.Length == 0)
            {
                string spelt = match.Value.Length > 1 || match.Index + 1 >= format.Length ? match.Value : format.Substring(match.Index, 2);
                throw new ProbeException($"Unknown conversion '{spelt}': there are %d %i %u %x %X %o %p %c %s %r %rx %rh, with - and 0, a width and a precision, and %% for a percent sign.", call.Arguments[0].Span);
            }

            if (count < values.Count && !Suits(conversion, values[count].Type))
            {
                throw new ProbeException($"{match.Value} tells {Wanted(conversion)}, not {TypeText.Of(values[count].Type)}.{Advice(conversion, values[count].Type)}", values[count].Span);
            }

            count++;
        }

        if (count != values.Count)
        {
            throw new ProbeException($"The format has {Counted(count, "conversion")}, but there {(values.Count == 1 ? "is" : "are")} {Counted(values.Count, "value")}.", call.Span);
        }
    }

    private static bool Suits(string conversion, ProbeType type) => type is UnknownType || conversion switch
    {
        "s" => type is StringType or RenderedType,
        "r" or "rx" or "rh" => type is BufferType,
        _ => type is IntegerType or PointerType,
    };

    private static string Wanted(string conversion) => conversion switch
    {
        "s" => "a string or a name",
        "r" or "rx" or "rh" => "bytes",
        _ => "a number",
    };

    private static string Advice(string conversion, ProbeType type) => (conversion, type) switch
    {
        ("s", PointerType) => " Read what it points to with str().",
        ("s", IntegerType) => " Use %d, or str() if it is the address of a string.",
        ("s", BufferType) => " Use %r.",
        ("r" or "rx" or "rh", PointerType) => " Read what it points to with buf().",
        (_, StringType or RenderedType) => " Use %s.",
        (_, BufferType) => " Use %r.",
        _ => "",
    };

    private static string Counted(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    [GeneratedRegex("""%-?0?[0-9]*(\.[0-9]*)?((hh|h|ll|l|j|z|t)?(?<conversion>[diuxXocp])|(?<conversion>rx|rh|[sr%]))?""", RegexOptions.ExplicitCapture)]
    private static partial Regex Conversion();
}
