using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Account;

/// <summary>
/// The marks of a connection's calls that a span may begin or end with: parsers name the call by its time. Of an exchange that
/// came in many calls the ones in between are forgotten.
/// </summary>
internal sealed class MarkTrail
{
    private Entry _requestFirst;
    private Entry _requestLast;
    private Entry _responseLast;

    /// <summary>A call has moved bytes.</summary>
    /// <param name="side">Of the exchange.</param>
    /// <param name="isFirst">It began the exchange.</param>
    /// <param name="time">Its end, nanoseconds of the monotonic clock.</param>
    /// <param name="mark">The counters at its end.</param>
    public void Add(Protocols.Side side, bool isFirst, ulong time, in Mark mark)
    {
        if (side == Protocols.Side.Response)
        {
            _responseLast = new Entry(time, mark);
            return;
        }

        _requestLast = new Entry(time, mark);
        if (isFirst)
        {
            _requestFirst = _requestLast;
        }
    }

    /// <summary>The mark of the call that ended then; one without a thread when it is not known.</summary>
    public Mark Find(ulong time) =>
        _responseLast.Time == time ? _responseLast.Mark
        : _requestLast.Time == time ? _requestLast.Mark
        : _requestFirst.Time == time ? _requestFirst.Mark
        : default;

    public void Clear() => _requestFirst = _requestLast = _responseLast = default;

    private readonly record struct Entry(ulong Time, Mark Mark);
}
