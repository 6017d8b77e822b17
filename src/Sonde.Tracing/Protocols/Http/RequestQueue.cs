using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Grpc;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>A request that waits for the end of its response.</summary>
internal struct PendingRequest
{
    public SpanData Span { get; set; }

    /// <summary>The template that its path falls under; null when none is told (clients, <c>CONNECT</c>, <c>*</c>).</summary>
    public Route? Route { get; set; }

    /// <summary>The method for the span's name.</summary>
    public byte[] Method { get; set; }

    /// <summary>What it is told as.</summary>
    public CallKind Kind { get; set; }

    public bool IsHead { get; set; }

    public bool IsConnect { get; set; }

    /// <summary>Whether its head announced a body, so that the body's size is told.</summary>
    public bool DeclaresBody { get; set; }

    /// <summary>Whether <see cref="IConversation.Received"/> has been told.</summary>
    public bool IsReceived { get; set; }

    /// <summary>0 when it is not known.</summary>
    public int Status { get; set; }

    /// <summary>Of a gRPC call: how it ended, as far as that was said in a header field.</summary>
    public GrpcStatus? GrpcStatus { get; set; }
}

/// <summary>The unanswered requests of a connection in the order in which they are answered (RFC 9112, section 9.3.2).</summary>
internal sealed class RequestQueue
{
    /// <summary>Nobody pipelines more.</summary>
    public const int Capacity = 128;

    // The length is a power of two.
    private PendingRequest[] _items = new PendingRequest[2];
    private int _first;

    public int Count { get; private set; }

    public ref PendingRequest Front => ref _items[_first];

    public ref PendingRequest Back => ref _items[(_first + Count - 1) & (_items.Length - 1)];

    /// <summary>Adds a request, to be filled in.</summary>
    public ref PendingRequest Push()
    {
        if (Count == _items.Length)
        {
            var grown = new PendingRequest[Count * 2];
            for (int i = 0; i < Count; i++)
            {
                grown[i] = _items[(_first + i) % Count];
            }

            _items = grown;
            _first = 0;
        }

        Count++;
        return ref Back;
    }

    public void Pop()
    {
        _items[_first] = default;
        _first = (_first + 1) & (_items.Length - 1);
        Count--;
    }
}
