using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Connections;

/// <summary>What framed connections add: places in whole streams, sides that turn, protocols that follow each other.</summary>
internal sealed partial class Connection
{
    /// <summary>What the kernel was told of the connection: <see cref="Abi.Verdict"/>, all that holds at once.</summary>
    private uint _verdict;

    /// <summary>The role that the kernel thinks it is, after the parser found the other; 0: both agree.</summary>
    private byte _wrongRole;

    /// <summary>The protocol before the one that a parser handed the connection over to, while the kernel does not know.</summary>
    private byte _leftProtocol;
    private byte _switchedTo;
    private bool _isRoleAsked;

    /// <summary>TCP's number of the first byte of the request side's stream.</summary>
    private uint _streamBase;
    private bool _hasStreamBase;

    /// <summary>Adds to what the kernel is told.</summary>
    /// <returns>All of it.</returns>
    public uint Judge(uint verdict)
    {
        const uint Roles = (uint)(Verdict.Client | Verdict.Server);
        uint kept = verdict >= (uint)Verdict.Protocol ? _verdict % (uint)Verdict.Protocol : _verdict;
        kept &= (verdict & Roles) != 0 ? ~Roles : ~0u;
        return _verdict = kept | verdict;
    }

    public void Turn()
    {
        _wrongRole = (byte)(Role == SpanKind.Server ? Abi.Role.Server : Abi.Role.Client);
        Describe(isServer: Role != SpanKind.Server);
        _hasStreamBase = false;
        BelongTo(Process.Pid);
        _host.Turn(this);
    }

    public bool Switch(string protocol)
    {
        IReadOnlyList<IProtocol> protocols = _host.Parsers.Protocols;
        for (byte number = 1; number <= protocols.Count; number++)
        {
            if (protocols[number - 1].Name == protocol)
            {
                _switchedTo = number;
                return true;
            }
        }

        return false;
    }

    private void ReadFramed(in FragmentRecord record, ReadOnlySpan<byte> captured, ulong time)
    {
        _exchange = record.Exchange;
        bool isServer = record.Role == (byte)Abi.Role.Server;
        bool isOut = (record.Side == (byte)Abi.Side.Response) == isServer;
        if (!IsTurning(record.Role) && isServer != (Role == SpanKind.Server))
        {
            Describe(isServer);
            BelongTo(record.Pid);
        }

        if (!_isRoleAsked)
        {
            _isRoleAsked = true;
            AskForRole(record.Pid);
        }

        // What passed before the protocol was known comes again, as part of a frame.
        _beginningLength = 0;
        if (!FindParser(record, captured))
        {
            return;
        }

        Protocols.Side side = isOut == (Role == SpanKind.Client) ? Protocols.Side.Request : Protocols.Side.Response;
        if (side == Protocols.Side.Request && record.StreamPosition != 0)
        {
            _streamBase = record.StreamPosition - (uint)record.Position;
            _hasStreamBase = true;
        }

        var flags = (FragmentFlags)record.Flags;
        _parser!.Read(new Fragment
        {
            Exchange = record.Exchange,
            Side = side,
            Position = record.Position,
            Size = record.Size,
            Bytes = captured,
            Time = time,
            ThreadId = record.Tid,
            BeginsFrame = (flags & FragmentFlags.Frame) != 0,
            FollowsLoss = (flags & FragmentFlags.Loss) != 0,
        });
        HandOver();
    }

    /// <summary>
    /// Frames of both sides may look alike. Of a connection whose beginning was not seen the listening ports say which side this is, until
    /// the content says otherwise.
    /// </summary>
    private void AskForRole(uint pid)
    {
        if (IsWhole || IsUnix)
        {
            return;
        }

        bool isServer = Role == SpanKind.Server;
        bool listensHere = _host.ListeningPorts.Listens(_ends.Netns, pid, _ends.LocalPort);
        if (listensHere != isServer && (listensHere || _host.ListeningPorts.Listens(_ends.Netns, pid, _ends.RemotePort)))
        {
            Turn();
        }
    }

    /// <summary>Whether the kernel still has the role that the parser found to be wrong.</summary>
    private bool IsTurning(byte role)
    {
        if (role != _wrongRole)
        {
            _wrongRole = 0;
        }

        return _wrongRole != 0;
    }

    private bool HasLeft(byte protocol)
    {
        if (protocol != _leftProtocol)
        {
            _leftProtocol = 0;
        }

        return _leftProtocol != 0;
    }

    private StreamKey StreamOf(ulong position) => _clientEnd.At(_streamBase + (uint)position);

    /// <summary>Gives the connection to the protocol that its parser said comes next.</summary>
    private void HandOver()
    {
        if (_switchedTo == 0)
        {
            return;
        }

        byte next = _switchedTo;
        _switchedTo = 0;
        _leftProtocol = _protocol;
        Take(next);
        _host.Keep(this, _host.Parsers.Protocols[next - 1]);
    }

    private void Take(byte protocol)
    {
        End();
        _protocol = protocol;
        _parser = _host.Parsers.Rent(protocol);
        _parser.Reset(this);
    }
}
