using System.Buffers;
using System.Globalization;
using System.Text;
using Sonde.Telemetry.Console;

namespace Sonde.Agent.Top;

/// <summary>The columns of <c>sonde top</c> at one width of the terminal: the two with names share what the others leave.</summary>
internal sealed class TopColumns
{
    private const int Gap = 2;
    private const int Marker = 4;
    private const int Rate = 8;
    private const int Errors = 6;
    private const int ShortTrace = 8;
    private const int LongTrace = 32;
    private const int MinName = 12;
    private const int WideEnough = 150;

    private static readonly string[] Titles = ["RATE/S", "ERRORS", "P50", "P99", "MAX"];

    private readonly Palette _palette;
    private readonly int _name;
    private readonly int _request;
    private readonly int _trace;

    /// <param name="columns">The terminal's width.</param>
    /// <param name="longestName">The columns that the longest name wants.</param>
    /// <param name="palette">The colours.</param>
    public TopColumns(int columns, int longestName, Palette palette)
    {
        _palette = palette;
        _trace = columns >= WideEnough ? LongTrace : ShortTrace;
        int rest = columns - 1 - Marker - Rate - Errors - (3 * HumanDuration.Width) - _trace - (7 * Gap);
        _name = Math.Clamp(longestName, MinName, Math.Max(MinName, rest * 3 / 5));
        _request = Math.Max(0, rest - _name);
    }

    /// <summary>Writes the titles, that of the order emphasized.</summary>
    public void WriteTitles(TopOrder order, ArrayBufferWriter<byte> output)
    {
        int[] widths = [Rate, Errors, HumanDuration.Width, HumanDuration.Width, HumanDuration.Width];
        TopOrder?[] orders = [TopOrder.Rate, TopOrder.Errors, null, TopOrder.P99, TopOrder.Slowest];
        Pad(Marker, output);
        Left("SERVICE", _name, Style(TopOrder.Name), output);
        for (int i = 0; i < Titles.Length; i++)
        {
            Pad(Gap, output);
            Right(Titles[i], widths[i], Style(orders[i]), output);
        }

        Pad(Gap, output);
        Left("SLOWEST REQUEST", _request, _palette.Dim, output);
        Pad(_request > 0 ? Gap : 0, output);
        Left("TRACE", 0, _palette.Dim, output, ShortTrace);

        byte[] Style(TopOrder? column) => column == order ? _palette.Bold : _palette.Dim;
    }

    /// <summary>Writes a row.</summary>
    /// <param name="marker">Four columns before the name: the selection's mark, the role's arrow, or an indent.</param>
    /// <param name="name">The service's name or the span's.</param>
    /// <param name="style">The style of the name.</param>
    /// <param name="figures">The figures.</param>
    /// <param name="request">The name of the slowest request, empty where the row's own name says it.</param>
    /// <param name="output">Gets UTF-8.</param>
    public void Write(string marker, string name, byte[] style, RequestFigures figures, string request, ArrayBufferWriter<byte> output)
    {
        Left(marker, Marker, _palette.Dim, output);
        Left(name, _name, style, output);
        Pad(Gap, output);
        Right(figures.Rate.ToString(figures.Rate < 9.95 ? "0.0" : "N0", CultureInfo.InvariantCulture), Rate, _palette.Plain, output);
        Pad(Gap, output);
        Right(figures.ErrorShare > 0 ? Share(figures.ErrorShare) : "–", Errors, figures.ErrorShare > 0 ? _palette.Bad : _palette.Dim, output);
        foreach (ulong duration in (ReadOnlySpan<ulong>)[figures.Median, figures.P99, figures.Slowest.Duration])
        {
            Pad(Gap, output);
            Right(duration == 0 ? "–   " : HumanDuration.Format(duration), HumanDuration.Width, duration == 0 ? _palette.Dim : _palette.Duration(duration), output);
        }

        Pad(Gap, output);
        Left(request, _request, _palette.Plain, output);
        Pad(_request > 0 ? Gap : 0, output);
        string trace = figures.Slowest.Duration == 0 ? "" : figures.Slowest.TraceId.ToString();
        Left(trace[..Math.Min(_trace, trace.Length)], 0, _palette.Dim, output, LongTrace);
    }

    /// <summary>A part of a whole, for a person.</summary>
    public static string Share(double share) =>
        (share * 100).ToString(share < 0.0995 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";

    private void Left(string text, int width, byte[] style, ArrayBufferWriter<byte> output, int atMost = 0)
    {
        output.Write(style);
        int used = DisplayText.Write(Encoding.UTF8.GetBytes(text), Math.Max(width, atMost), output);
        output.Write(style.Length > 0 ? _palette.Reset : []);
        Pad(width - used, output);
    }

    private void Right(string text, int width, byte[] style, ArrayBufferWriter<byte> output)
    {
        Pad(width - text.Length, output);
        Left(text, 0, style, output, Math.Max(width, text.Length));
    }

    private static void Pad(int count, ArrayBufferWriter<byte> output)
    {
        if (count > 0)
        {
            output.GetSpan(count)[..count].Fill((byte)' ');
            output.Advance(count);
        }
    }
}
