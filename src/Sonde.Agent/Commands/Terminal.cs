using Sonde.Agent.Configuration;

namespace Sonde.Agent.Commands;

/// <summary>What standard output is connected to.</summary>
internal static class Terminal
{
    private const int WidthOfNone = 120;

    /// <summary>Whether a person looks at it.</summary>
    public static bool IsPresent => !Console.IsOutputRedirected;

    /// <summary>Its width; something ample when it has none.</summary>
    public static int Columns => IsPresent && Console.WindowWidth > 0 ? Console.WindowWidth : WidthOfNone;

    /// <summary>Whether colours are to be used (https://no-color.org).</summary>
    public static bool UsesColour(ColourChoice choice, Func<string, string?> environment) => choice switch
    {
        ColourChoice.Always => true,
        ColourChoice.Never => false,
        _ => IsPresent && string.IsNullOrEmpty(environment("NO_COLOR")) && environment("TERM") is not ("dumb" or "" or null),
    };
}
