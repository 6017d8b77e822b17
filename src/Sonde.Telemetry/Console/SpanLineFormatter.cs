using System.Buffers;
using System.Globalization;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Console;

/// <summary>Lays a <see cref="SpanLine"/> out in columns as wide as the terminal allows.</summary>
internal sealed class SpanLineFormatter(Palette palette, TimeZoneInfo timeZone)
{
    private const int GapWidth = 2;
    private const int TimeWidth = 12;
    private const int ArrowWidth = 2;
    private const int TraceWidth = 8;
    private const int MinNameWidth = 24;
    private const int MaxNameWidth = 64;
    private const int MinPeerWidth = 9;
    private const int MaxServiceWidth = 24;
    private const int MaxStatusWidth = 12;
    private const int MinCauseWidth = 14;
    private const int MaxPeerWidth = 40;

    // These columns grow to what they have to show and stay so: lines below each other stay aligned.
    private int _serviceWidth = 12;
    private int _statusWidth = 3;
    private int _peerWidth = 15;

    /// <summary>Writes the line, its newline included.</summary>
    /// <param name="line">What to show.</param>
    /// <param name="parent">The line's parent when it stands above: what both have in common is not repeated.</param>
    /// <param name="depth">How many ancestors stand above.</param>
    /// <param name="columns">The terminal's width.</param>
    /// <param name="output">Gets UTF-8.</param>
    public void Write(SpanLine line, SpanLine? parent, int depth, int columns, ArrayBufferWriter<byte> output)
    {
        Span<byte> scratch = stackalloc byte[256];
        ReadOnlySpan<byte> service = Encode(line.Service, scratch);
        _serviceWidth = Math.Clamp(DisplayText.Width(service), _serviceWidth, MaxServiceWidth);
        _statusWidth = Math.Clamp(DisplayText.Width(line.Status), _statusWidth, MaxStatusWidth);
        _peerWidth = Math.Clamp(DisplayText.Width(line.Peer), _peerWidth, MaxPeerWidth);

        // What is left for the name; the trace id and then the peer give way when it is too little.
        int room = columns - 1 - TimeWidth - _serviceWidth - ArrowWidth - _statusWidth - HumanDuration.Width - (4 * GapWidth);
        int trace = room - TraceWidth - GapWidth >= MinNameWidth ? TraceWidth : 0;
        room -= trace > 0 ? trace + GapWidth : 0;
        int peer = Math.Min(_peerWidth, room - GapWidth - MinNameWidth);
        peer = peer >= MinPeerWidth ? peer : 0;
        room -= peer > 0 ? peer + GapWidth : 0;

        WriteTime(line.StartTime, output);
        Gap(output);
        Cell(parent?.Service == line.Service ? default : service, _serviceWidth, palette.Service(service), output);
        Gap(output);
        WriteName(line, depth, Math.Clamp(room, 1, MaxNameWidth) + ArrowWidth, output);
        Gap(output);
        Cell(line.Status, _statusWidth, StatusStyle(line), output);
        Gap(output);
        Cell(Encode(HumanDuration.Format(line.Duration), scratch), HumanDuration.Width, palette.Duration(line.Duration), output);
        bool endsWithTrace = trace > 0 && parent is null;
        if (peer > 0)
        {
            Gap(output);
            Cell(line.Peer, peer, palette.Dim, output, isLast: !endsWithTrace);
        }

        if (endsWithTrace)
        {
            Gap(output);
            line.TraceId.High.TryFormat(scratch, out _, "x16", CultureInfo.InvariantCulture);
            Cell(scratch[..TraceWidth], trace, palette.Dim, output);
        }

        output.Write("\n"u8);
    }

    /// <summary>Writes a remark that stands between the lines.</summary>
    public void WriteRemark(string text, int columns, ArrayBufferWriter<byte> output)
    {
        Span<byte> scratch = stackalloc byte[256];
        Pad(TimeWidth + GapWidth, output);
        Cell(Encode(text, scratch), columns - TimeWidth - GapWidth - 1, palette.Dim, output, isLast: true);
        output.Write("\n"u8);
    }

    private void WriteTime(ulong nanoseconds, ArrayBufferWriter<byte> output)
    {
        DateTime utc = DateTime.UnixEpoch.AddTicks((long)(nanoseconds / 100));
        DateTime local = TimeZoneInfo.ConvertTimeFromUtc(utc, timeZone);
        output.Write(palette.Dim);
        local.TryFormat(output.GetSpan(TimeWidth), out int length, "HH:mm:ss.fff", CultureInfo.InvariantCulture);
        output.Advance(length);
        output.Write(palette.Reset);
    }

    private void WriteName(SpanLine line, int depth, int width, ArrayBufferWriter<byte> output)
    {
        int used = 0;
        if (depth > 0)
        {
            int indent = Math.Min((2 * depth) - 2, width / 4);
            Pad(indent, output);
            output.Write(palette.Dim);
            output.Write("└ "u8);
            output.Write(palette.Reset);
            used = indent + 2;
        }

        output.Write(palette.Dim);
        output.Write(Arrow(line.Kind));
        output.Write(palette.Reset);
        output.Write(" "u8);
        used += ArrowWidth;
        used += DisplayText.Write(line.Name, width - used, output);
        if (!line.Error.IsEmpty && width - used > 4)
        {
            output.Write(" "u8);
            output.Write(palette.Bad);
            used += 1 + DisplayText.Write(line.Error, width - used - 1, output);
            output.Write(palette.Reset);
        }

        used += WriteCause(line.Cause, width - used, output);
        Pad(width - used, output);
    }

    /// <summary>Behind the name, as far as there is room.</summary>
    /// <returns>The columns that it took.</returns>
    private int WriteCause(ReadOnlySpan<byte> cause, int room, ArrayBufferWriter<byte> output)
    {
        if (cause.IsEmpty || room < MinCauseWidth)
        {
            return 0;
        }

        Pad(GapWidth, output);
        output.Write(palette.Cause);
        int used = DisplayText.Write(cause, room - GapWidth, output);
        output.Write(palette.Reset);
        return GapWidth + used;
    }

    /// <summary>Writes a text in its style, padded with spaces to the width unless it is the last.</summary>
    private void Cell(ReadOnlySpan<byte> text, int width, byte[] style, ArrayBufferWriter<byte> output, bool isLast = false)
    {
        int used = 0;
        if (!text.IsEmpty)
        {
            output.Write(style);
            used = DisplayText.Write(text, width, output);
            output.Write(style.Length > 0 ? palette.Reset : style);
        }

        Pad(isLast ? 0 : width - used, output);
    }

    private byte[] StatusStyle(SpanLine line) => line switch
    {
        { Code: >= 500 and < 600 } => palette.Bad,
        { Code: >= 400 and < 500 } => palette.Warning,
        { IsError: true } => palette.Bad,
        _ => palette.Good,
    };

    private static ReadOnlySpan<byte> Arrow(SpanKind kind) => kind switch
    {
        SpanKind.Server or SpanKind.Consumer => "←"u8,
        SpanKind.Client or SpanKind.Producer => "→"u8,
        _ => "·"u8,
    };

    private static ReadOnlySpan<byte> Encode(string text, Span<byte> scratch)
    {
        System.Text.Unicode.Utf8.FromUtf16(text, scratch, out _, out int length);
        return scratch[..length];
    }

    private static void Gap(ArrayBufferWriter<byte> output) => Pad(GapWidth, output);

    private static void Pad(int count, ArrayBufferWriter<byte> output)
    {
        if (count > 0)
        {
            output.GetSpan(count)[..count].Fill((byte)' ');
            output.Advance(count);
        }
    }
}
