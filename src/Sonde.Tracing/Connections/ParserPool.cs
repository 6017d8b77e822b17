using Sonde.Tracing.Protocols;
using Sonde.Tracing.Tls;

namespace Sonde.Tracing.Connections;

/// <summary>The protocols that are read, numbered as the kernel's patterns number them (from 1), and parsers for reuse.</summary>
internal sealed class ParserPool
{
    private const int Kept = 1024;

    private readonly IProtocol[] _protocols;
    private readonly Stack<ConversationParser>[] _free;

    public ParserPool(IReadOnlyList<IProtocol> protocols)
    {
        _protocols = [.. protocols];
        _free = [.. protocols.Select(_ => new Stack<ConversationParser>())];
    }

    public IReadOnlyList<IProtocol> Protocols => _protocols;

    /// <summary>The number of the TLS handshake; 0 when encrypted traffic is not read.</summary>
    public byte TlsNumber => (byte)(Array.FindIndex(_protocols, each => each is TlsProtocol) + 1);

    /// <summary>The number of the protocol that recognizes an exchange's first bytes; 0: none does.</summary>
    public byte Recognize(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        for (int i = 0; i < _protocols.Length; i++)
        {
            if (_protocols[i].Recognizes(request, response))
            {
                return (byte)(i + 1);
            }
        }

        return 0;
    }

    public ConversationParser Rent(byte protocol) =>
        _free[protocol - 1].TryPop(out ConversationParser? parser) ? parser : _protocols[protocol - 1].CreateParser();

    public void Return(byte protocol, ConversationParser parser)
    {
        if (_free[protocol - 1].Count < Kept)
        {
            _free[protocol - 1].Push(parser);
        }
    }
}
