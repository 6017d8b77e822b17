using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Context;
using Sonde.Tracing.Parents;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Datagrams;

/// <summary>
/// Gives each protocol's parser its datagrams, and is the conversation that it sees: whose the datagram at hand is. Nothing is kept of
/// sockets. One thread.
/// </summary>
internal sealed class DatagramDelivery : IConversation
{
    private readonly byte[] _serverAddress = new byte[AddressText.MaxLength];
    private readonly byte[] _clientAddress = new byte[AddressText.MaxLength];
    private readonly IConnectionHost _host;
    private readonly DatagramParser?[] _parsers;
    private ObservedProcess _process = null!;
    private int _serverAddressLength;
    private int _clientAddressLength;

    public DatagramDelivery(IConnectionHost host)
    {
        _host = host;
        _parsers = [.. host.Parsers.Protocols.Select(protocol => protocol.CreateDatagramParser())];
    }

    public SpanKind Role { get; private set; }

    public ReadOnlySpan<byte> ServerAddress => _serverAddress.AsSpan(0, _serverAddressLength);

    public int ServerPort { get; private set; }

    public ReadOnlySpan<byte> ClientAddress => _clientAddress.AsSpan(0, _clientAddressLength);

    public int ClientPort { get; private set; }

    public bool IsUnix => false;

    public bool IsWhole => true;

    public string ServiceName => _process.Resource.ServiceName;

    /// <summary>Whether anything waits for the clock.</summary>
    public bool HasWork => Array.Exists(_parsers, parser => parser is { HasWork: true });

    /// <summary>Takes a <see cref="DatagramRecord"/>, as it came out of the ring.</summary>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        ref readonly DatagramRecord record = ref MemoryMarshal.AsRef<DatagramRecord>(bytes);
        if (record.Protocol == 0 || record.Protocol > _parsers.Length || _parsers[record.Protocol - 1] is not { } parser)
        {
            return;
        }

        Describe(record);
        if (_process.Excluded || !_host.Processes.Traces(ServerPort))
        {
            return;
        }

        if (record.Error != 0)
        {
            parser.Refuse(this, record.Socket, record.Time);
            return;
        }

        _host.Counters.Exchange();
        parser.Read(this, new Datagram
        {
            Socket = record.Socket,
            Bytes = bytes.Slice(Unsafe.SizeOf<DatagramRecord>(), (int)record.Length),
            Time = record.Time,
            ThreadId = record.Tid,
        });
    }

    /// <summary>What is due by the clock, nanoseconds of the monotonic one.</summary>
    public void Pass(ulong time)
    {
        foreach (DatagramParser? parser in _parsers)
        {
            parser?.Pass(this, time);
        }
    }

    /// <summary>Sonde stops.</summary>
    public void End()
    {
        foreach (DatagramParser? parser in _parsers)
        {
            parser?.End(this);
        }
    }

    public SpanData Begin(ulong exchange, ulong time, uint threadId, in TraceContext context) =>
        _host.Requests.Begin(_process, Role, time, threadId, context);

    public void Received(SpanData span, ulong time, uint threadId) => _host.Requests.Received((Request)span, threadId);

    public void Answering(SpanData span, ulong time, uint threadId) => _host.Requests.Answering((Request)span, threadId);

    public void Complete(SpanData span, ulong time) => _host.Requests.Complete((Request)span, time);

    public void Abandon(SpanData span) => _host.Requests.Abandon((Request)span);

    public void Malformed() => _host.Counters.ParseFailure();

    /// <summary>A datagram says itself which side it is of.</summary>
    public void Turn()
    {
    }

    public bool Switch(string protocol) => false;

    /// <summary>Sockets on which nothing matches are left alone by the kernel's own judgement.</summary>
    public void Mute()
    {
    }

    private void Describe(in DatagramRecord record)
    {
        bool isServer = record.Role == (byte)Abi.Role.Server;
        Role = isServer ? SpanKind.Server : SpanKind.Client;
        int local = Write(record.LocalAddress, record.Family, isServer ? _serverAddress : _clientAddress);
        int remote = Write(record.RemoteAddress, record.Family, isServer ? _clientAddress : _serverAddress);
        (_serverAddressLength, _clientAddressLength) = isServer ? (local, remote) : (remote, local);
        (ServerPort, ClientPort) = isServer ? (record.LocalPort, record.RemotePort) : (record.RemotePort, record.LocalPort);
        ObservedProcess process = _host.Processes.Find(record.Pid);
        if (!ReferenceEquals(process, _process))
        {
            _process = process;
            ThreadContext.Found(process);
        }
    }

    /// <summary>An address, or nothing when it is not known or stands for all.</summary>
    private static int Write(ReadOnlySpan<byte> address, ushort family, byte[] text) =>
        address.IndexOfAnyExcept((byte)0) < 0 ? 0 : AddressText.Write(address, (byte)family, text);
}
