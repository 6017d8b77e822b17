using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Redis;

/// <summary>
/// The transaction that a connection is sending: one span, named as the semantic conventions name it, <c>MULTI</c>, with its commands' name
/// behind that if all have the same.
/// </summary>
internal sealed class Transaction
{
    private readonly byte[] _operation = new byte[48];
    private SpanData? _span;
    private int _length;
    private int _count;
    private bool _isMixed;

    public bool IsOpen => _span is not null;

    /// <summary>Whether one of its commands chooses another database.</summary>
    public bool ChoosesDatabase { get; private set; }

    public void Open(SpanData span)
    {
        _span = span;
        (_length, _count, _isMixed, ChoosesDatabase) = (0, 0, false, false);
        "MULTI "u8.CopyTo(_operation);
    }

    /// <summary>Another of its commands has begun.</summary>
    public void Add(ReadOnlySpan<byte> name, CommandKind kind)
    {
        const int prefix = 6;
        if (_count++ == 0)
        {
            _length = prefix + name.Length;
            name.CopyTo(_operation.AsSpan(prefix));
        }
        else
        {
            _isMixed |= !name.SequenceEqual(_operation.AsSpan(prefix, _length - prefix));
        }

        ChoosesDatabase |= kind == CommandKind.Select;
    }

    /// <summary>It has been sent: its span, which is the last command's from here on.</summary>
    public SpanData Take()
    {
        SpanData span = _span!;
        _span = null;
        return span;
    }

    /// <summary>Sets the name that its commands give it.</summary>
    public void Describe(SpanData span)
    {
        ReadOnlySpan<byte> name = _count == 0 || _isMixed ? "MULTI"u8 : _operation.AsSpan(0, _length);
        span.SetName(name);
        span.Set(DatabaseAttributes.OperationName, name, AttributeUse.Metric);
        if (_count > 1)
        {
            span.Set(DatabaseAttributes.OperationBatchSize, _count);
        }
    }
}
