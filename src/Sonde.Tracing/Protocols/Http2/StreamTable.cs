using System.Runtime.InteropServices;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>A connection's open requests, by the number of their stream; bounded.</summary>
internal sealed class StreamTable(Http2Protocol protocol)
{
    /// <summary>No server answers more at once on one connection.</summary>
    public const int Capacity = 16_384;

    /// <summary>A table that has grown beyond this is not kept for the next connection.</summary>
    private const int Kept = 256;

    private Dictionary<uint, Http2Stream> _streams = [];
    private List<uint> _numbers = [];

    public bool TryGet(uint id, out Http2Stream stream) => _streams.TryGetValue(id, out stream!);

    /// <summary>Adds one; null when there are too many.</summary>
    public Http2Stream? Add(uint id)
    {
        if (_streams.Count >= Capacity)
        {
            return null;
        }

        Http2Stream stream = protocol.RentStream();
        _streams.Add(id, stream);
        return stream;
    }

    public void Remove(uint id)
    {
        if (_streams.Remove(id, out Http2Stream? stream))
        {
            protocol.ReturnStream(stream);
        }
    }

    /// <summary>The numbers above one, in their order; the streams may be removed while they are walked over.</summary>
    public ReadOnlySpan<uint> Above(uint id)
    {
        _numbers.Clear();
        foreach (uint number in _streams.Keys)
        {
            if (number > id)
            {
                _numbers.Add(number);
            }
        }

        _numbers.Sort();
        return CollectionsMarshal.AsSpan(_numbers);
    }

    /// <summary>Another connection begins.</summary>
    public void Reset()
    {
        foreach (Http2Stream stream in _streams.Values)
        {
            protocol.ReturnStream(stream);
        }

        _streams.Clear();
        if (_streams.Capacity > Kept)
        {
            _streams = [];
            _numbers = [];
        }
    }
}
