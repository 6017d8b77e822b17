using System.Globalization;
using System.Text.Unicode;

namespace Sonde.Tracing.Account;

/// <summary>What explains most of a span's duration.</summary>
/// <param name="name">For a person, UTF-8; empty when nothing explains enough.</param>
/// <param name="time">How much it explains, nanoseconds.</param>
internal readonly ref struct Cause(ReadOnlySpan<byte> name, ulong time)
{
    /// <summary>Less is not worth a word: nanoseconds, and 1 of so many parts of the span.</summary>
    private const ulong Least = 1_000_000;
    private const ulong LeastPart = 20;

    public ReadOnlySpan<byte> Name { get; } = name;

    public ulong Time { get; } = time;

    /// <summary>Whether calls to others are what took the time.</summary>
    public bool IsNetwork => Name.SequenceEqual("network"u8);

    /// <summary>The part of the span that explains most of it.</summary>
    /// <param name="time">What became of its time.</param>
    /// <param name="socket">What happened to its connection.</param>
    /// <param name="duration">Its duration, nanoseconds.</param>
    /// <param name="isServer">A client's own wait for the server is what a call is, and explains nothing.</param>
    public static Cause Of(in TimeAccount time, in SocketAccount socket, ulong duration, bool isServer)
    {
        Cause most = default;
        // The wait for a lost segment is a wait for the socket, too: it is counted once, under its better name.
        Consider(ref most, "tcp retransmission"u8, socket.RetransmitWait);
        Consider(ref most, time.Throttled > time.RunQueue / 2 ? "cpu quota"u8 : "run queue"u8, time.RunQueue);
        Consider(ref most, "disk"u8, time.BlockIo);
        Consider(ref most, "lock"u8, time.Lock);
        Consider(ref most, "sleep"u8, time.Sleep);
        Consider(ref most, "cpu"u8, time.OnCpu);
        Consider(ref most, "network"u8, isServer ? time.Network : 0);
        if (!isServer && socket.Connect > duration)
        {
            Consider(ref most, "connect"u8, socket.Connect);
        }

        return most.Time >= Least && most.Time >= duration / LeastPart ? most : default;
    }

    /// <summary>Writes the line, such as <c>lock: 48.1 ms of 50.0 ms</c>.</summary>
    /// <param name="duration">The span's duration, nanoseconds.</param>
    /// <param name="server">The address of the server whose call took longest; empty when none is to be named.</param>
    /// <param name="port">Its port; 0: it has none.</param>
    /// <param name="line">Where to.</param>
    /// <returns>The bytes written.</returns>
    public int Write(ulong duration, ReadOnlySpan<byte> server, int port, Span<byte> line)
    {
        int length = 0;
        Append(Name, line, ref length);
        Append(": "u8, line, ref length);
        Append(Time, line, ref length);
        Append(Time > duration ? " before "u8 : " of "u8, line, ref length);
        Append(duration, line, ref length);
        if (server.Length > 0)
        {
            Append(", in a call to "u8, line, ref length);
            Append(server, line, ref length);
            if (port > 0 && Utf8.TryWrite(line[length..], CultureInfo.InvariantCulture, $":{port}", out int written))
            {
                length += written;
            }
        }

        return length;
    }

    private static void Consider(ref Cause most, ReadOnlySpan<byte> name, ulong time)
    {
        if (time > most.Time)
        {
            most = new Cause(name, time);
        }
    }

    private static void Append(ReadOnlySpan<byte> text, Span<byte> line, ref int length)
    {
        text = text[..Math.Min(text.Length, line.Length - length)];
        text.CopyTo(line[length..]);
        length += text.Length;
    }

    /// <summary>A duration in three digits.</summary>
    private static void Append(ulong nanoseconds, Span<byte> line, ref int length)
    {
        double value = nanoseconds < 999_500_000 ? nanoseconds / 1e6 : nanoseconds / 1e9;
        string format = value < 9.995 ? "0.00" : value < 99.95 ? "0.0" : "0";
        if (value.TryFormat(line[length..], out int written, format, CultureInfo.InvariantCulture))
        {
            length += written;
            Append(nanoseconds < 999_500_000 ? " ms"u8 : " s"u8, line, ref length);
        }
    }
}
