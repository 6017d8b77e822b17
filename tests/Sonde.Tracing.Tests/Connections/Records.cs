using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Tests.Connections;

/// <summary>Writes a connection's records as the kernel would: numbered, with places, sums and times.</summary>
internal sealed class Records(ulong cookie, Role role = Role.Server)
{
    public const ulong Millisecond = 1_000_000;

    public ulong Cookie => cookie;

    public Role Role { get; set; } = role;

    public uint Pid { get; set; } = 100;

    public uint Tid { get; set; } = 101;

    public ulong Now { get; set; } = 1_000 * Millisecond;

    public uint Sequence { get; set; }

    public uint Ordinal { get; private set; }

    public byte Protocol { get; set; } = 1;

    /// <summary>Of a TLS session: the cookie of the socket that carries it.</summary>
    public ulong Socket { get; set; }

    public byte Family { get; set; } = AddressText.Inet;

    public IPAddress Local { get; set; } = IPAddress.Loopback;

    public IPAddress Remote { get; set; } = IPAddress.Loopback;

    public ushort LocalPort { get; set; } = 8080;

    public ushort RemotePort { get; set; } = 50_000;

    public string Path { get; set; } = "";

    /// <summary>It was seen to be opened.</summary>
    public bool Whole { get; set; }

    /// <summary>How long it took to connect, nanoseconds.</summary>
    public ulong Connect { get; set; }

    /// <summary>The counters of the threads that make the calls.</summary>
    public Mark Mark { get; set; }

    /// <summary>TCP's number of the next request's first byte; 0: not known.</summary>
    public uint StreamPosition { get; set; }

    public ulong RequestSize { get; private set; }

    public ulong RequestLast { get; private set; }

    public ulong ResponseSize { get; private set; }

    public ulong ResponseLast { get; private set; }

    private byte _piece;

    private ulong Exchange => (cookie << (int)Limits.OrdinalBits) | Ordinal;

    public ConnectionRecord Ends
    {
        get
        {
            var ends = new ConnectionRecord
            {
                Kind = (byte)RecordKind.Connection,
                Role = (byte)Role,
                Family = Family,
                Pid = Pid,
                Time = Now,
                Exchange = Exchange,
                Socket = Socket,
                Connect = Connect,
                Whole = (byte)(Whole ? 1 : 0),
                LocalPort = LocalPort,
                RemotePort = RemotePort,
            };
            if (Family == AddressText.Unix)
            {
                Encoding.UTF8.GetBytes(Path).CopyTo(ends.Path[..]);
            }
            else
            {
                Local.GetAddressBytes().CopyTo(ends.LocalAddress[..]);
                Remote.GetAddressBytes().CopyTo(ends.RemoteAddress[..]);
            }

            return ends;
        }
    }

    public Records NextExchange()
    {
        Ordinal++;
        RequestSize = RequestLast = ResponseSize = ResponseLast = 0;
        return this;
    }

    /// <summary>Who talks with whom: before anything else that is told of the connection.</summary>
    public byte[] Introduction()
    {
        byte[] record = new byte[Unsafe.SizeOf<ConnectionRecord>()];
        ConnectionRecord introduction = Ends;
        MemoryMarshal.Write(record, in introduction);
        return record;
    }

    /// <summary>A call on the request side; the first one after a response begins an exchange.</summary>
    public byte[] Request(string text, ulong? size = null, FragmentFlags flags = 0)
    {
        if (Ordinal == 0 || ResponseSize > 0)
        {
            NextExchange();
        }

        byte[] record = Fragment(Abi.Side.Request, RequestSize, text, size, flags);
        StreamPosition += StreamPosition == 0 ? 0 : (uint)(size ?? (ulong)text.Length);
        return record;
    }

    public byte[] Response(string text, ulong? size = null, FragmentFlags flags = 0, ulong tail = 0) =>
        Fragment(Abi.Side.Response, ResponseSize, text, size, flags, tail);

    /// <summary>Bytes that pass without being told.</summary>
    public void Pass(Abi.Side side, ulong size)
    {
        Now += Millisecond;
        if (side == Abi.Side.Request)
        {
            RequestSize += size;
            RequestLast = Now;
        }
        else
        {
            ResponseSize += size;
            ResponseLast = Now;
        }
    }

    public byte[] Progress(ProgressReason reason, ulong tail = 0)
    {
        var progress = new ProgressRecord
        {
            Kind = (byte)RecordKind.Progress,
            Reason = (byte)reason,
            Role = (byte)Role,
            Sequence = Sequence++,
            Exchange = Exchange,
            Time = Now += Millisecond,
            RequestSize = RequestSize,
            RequestLast = RequestLast,
            ResponseSize = ResponseSize,
            ResponseLast = ResponseLast,
            ResponseTail = tail,
            Mark = Mark,
        };
        byte[] record = new byte[Unsafe.SizeOf<ProgressRecord>()];
        MemoryMarshal.Write(record, in progress);
        return record;
    }

    private byte[] Fragment(Abi.Side side, ulong position, string text, ulong? size, FragmentFlags flags, ulong tail = 0)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        ulong moved = size ?? (ulong)bytes.Length;
        Pass(side, moved);
        var fragment = new FragmentRecord
        {
            Kind = (byte)RecordKind.Fragment,
            Side = (byte)side,
            Role = (byte)Role,
            Flags = (byte)flags,
            Sequence = Sequence,
            Exchange = Exchange,
            Time = Now,
            Position = position,
            RequestSize = RequestSize,
            RequestLast = RequestLast,
            Tail = tail,
            Pid = Pid,
            Tid = Tid,
            Size = (uint)moved,
            Length = (uint)bytes.Length,
            StreamPosition = side == Abi.Side.Request ? StreamPosition : 0,
            Protocol = Protocol,
            Piece = _piece,
        };
        _piece = (flags & FragmentFlags.More) == 0 ? (byte)0 : (byte)(_piece + 1);
        Sequence += (flags & FragmentFlags.More) == 0 ? 1u : 0;
        int header = Unsafe.SizeOf<FragmentRecord>() + Unsafe.SizeOf<Mark>();
        byte[] record = new byte[header + bytes.Length];
        Mark mark = Mark;
        MemoryMarshal.Write(record, in fragment);
        MemoryMarshal.Write(record.AsSpan(Unsafe.SizeOf<FragmentRecord>()), in mark);
        bytes.CopyTo(record, header);
        return record;
    }
}
