using System.Text;

namespace Sonde.Telemetry.Console;

/// <summary>The colours of the terminal's lines as escape sequences (ECMA-48, SGR); all empty when there is to be no colour.</summary>
public sealed class Palette
{
    /// <summary>Of the 256 colours, those that read well on dark and on light ground and are neither red, yellow nor green.</summary>
    private static readonly int[] ServiceColours = [33, 37, 68, 98, 133, 170, 73, 104, 139, 38, 134, 67];

    private const ulong Slow = 250_000_000;
    private const ulong VerySlow = 1_000_000_000;

    private readonly byte[][] _services;

    /// <param name="colour">Whether there are colours.</param>
    public Palette(bool colour)
    {
        byte[] Style(string parameters) => colour ? Encoding.ASCII.GetBytes($"\e[{parameters}m") : [];

        Reset = Style("0");
        Bold = Style("1");
        Dim = Style("2");
        Good = Style("32");
        Warning = Style("33");
        Bad = Style("31");
        Cause = Style("36");
        _services = [.. ServiceColours.Select(number => Style($"38;5;{number}"))];
    }

    /// <summary>Ends every style.</summary>
    public byte[] Reset { get; }

    public byte[] Bold { get; }

    public byte[] Dim { get; }

    public byte[] Good { get; }

    public byte[] Warning { get; }

    public byte[] Bad { get; }

    /// <summary>What took most of a request's time.</summary>
    public byte[] Cause { get; }

    /// <summary>The style of a duration: unremarkable below a quarter of a second, bad from a second on.</summary>
    /// <param name="nanoseconds">The duration.</param>
    public byte[] Duration(ulong nanoseconds) => nanoseconds switch
    {
        >= VerySlow => Bad,
        >= Slow => Warning,
        _ => Plain,
    };

    /// <summary>Neither emphasis nor colour.</summary>
    public byte[] Plain { get; } = [];

    /// <summary>The same service has the same colour in every run.</summary>
    public byte[] Service(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261; // FNV-1a
        foreach (byte value in name)
        {
            hash = (hash ^ value) * 16777619;
        }

        return _services[hash % (uint)_services.Length];
    }
}
