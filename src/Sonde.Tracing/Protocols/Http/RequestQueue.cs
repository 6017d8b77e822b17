using Sonde.Telemetry.Spans;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>A request that waits for the end of its response.</summary>
internal struct PendingRequest
{
    public required SpanData Span { get; init; }

    /// <summary>The template that its path falls under; null when none is told (clients, <c>CONNECT</c>, <c>*</c>).</summary>
    public required Route? Route { get; init; }

    /// <summary>The method for the span's name.</summary>
    public required ReadOnlyMemory<byte> Method { get; init; }

    public required bool IsHead { get; init; }

    public required bool IsConnect { get; init; }

    /// <summary>Whether its head announced a body, so that the body's size is told.</summary>
    public required bool DeclaresBody { get; init; }

    /// <summary>Whether <see cref="IConversation.Received"/> has been told.</summary>
    public bool IsReceived { get; set; }

    public int Status { get; set; }
}

/// <summary>The unanswered requests of a connection in the order in which they are answered (RFC 9112, section 9.3.2).</summary>
internal sealed class RequestQueue
{
    /// <summary>Nobody pipelines more.</summary>
    public const int Capacity = 128;

    private PendingRequest[] _items = new PendingRequest[2];
    private int _first;

    public int Count { get; private set; }

    public ref PendingRequest Front => ref _items[_first];

    public ref PendingRequest Back => ref _items[(_first + Count - 1) % _items.Length];

    public void Push(in PendingRequest request)
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

        _items[(_first + Count++) % _items.Length] = request;
    }

    public void Pop()
    {
        _items[_first] = default;
        _first = (_first + 1) % _items.Length;
        Count--;
    }
}
