namespace Sonde.Tracing.Protocols;

/// <summary>When bytes passed, and who moved them.</summary>
internal readonly record struct Moment(ulong Exchange, ulong Time, uint ThreadId);

/// <summary>
/// Follows one side of a connection as a stream: every byte comes once, in order, either as itself or as one of so many that were not
/// captured.
/// </summary>
internal abstract class SideReader
{
    private ulong _position;

    /// <summary>The last byte of this side so far.</summary>
    public Moment Last { get; private set; }

    /// <summary>Makes the reader as new.</summary>
    public void Reset()
    {
        _position = 0;
        Last = default;
        Restart();
    }

    /// <summary>Takes the next byte for the first of a message.</summary>
    public abstract void Restart();

    /// <summary>Another exchange begins: positions count from zero again.</summary>
    public void EnterExchange() => _position = 0;

    /// <summary>Takes what one call moved.</summary>
    public void Read(in Fragment fragment)
    {
        var now = new Moment(fragment.Exchange, fragment.Time, fragment.ThreadId);
        SkipTo(fragment.Position, now);
        ulong seen = _position - fragment.Position;
        if (seen >= fragment.Size)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = fragment.Bytes;
        bytes = (ulong)bytes.Length > fragment.Size ? bytes[..(int)fragment.Size] : bytes;
        bytes = seen < (ulong)bytes.Length ? bytes[(int)seen..] : default;
        Last = now;
        _position += (ulong)bytes.Length;
        Take(bytes);
        SkipTo(fragment.Position + fragment.Size, now);
    }

    /// <summary>Passes over what was not captured, up to a place in the exchange.</summary>
    public void SkipTo(ulong position, in Moment now)
    {
        if (position > _position)
        {
            ulong count = position - _position;
            _position = position;
            Last = now with { Time = Math.Max(now.Time, Last.Time) };
            Skip(count);
        }
    }

    /// <summary>The next bytes.</summary>
    protected abstract void Take(ReadOnlySpan<byte> bytes);

    /// <summary>So many bytes that were not captured.</summary>
    protected abstract void Skip(ulong count);
}
