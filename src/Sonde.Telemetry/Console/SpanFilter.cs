using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Console;

/// <summary>Which spans are shown; what is null or empty lets all pass, the rest must all be fulfilled.</summary>
public sealed record SpanFilter
{
    /// <summary>Lets every span pass.</summary>
    public static readonly SpanFilter All = new();

    /// <summary>Of <c>service.name</c>.</summary>
    public Glob? Service { get; init; }

    /// <summary>Of the span's name.</summary>
    public Glob? Name { get; init; }

    /// <summary>One of these must fit.</summary>
    public IReadOnlyList<StatusPattern> Statuses { get; init; } = [];

    /// <summary>Shorter spans are not shown.</summary>
    public TimeSpan MinDuration { get; init; }

    /// <summary>Whether the span is to be shown.</summary>
    public bool Accepts(SpanData span)
    {
        if (MinDuration > TimeSpan.Zero && span.EndTime - span.StartTime < (ulong)MinDuration.TotalNanoseconds)
        {
            return false;
        }

        if (Statuses.Count > 0 && !AcceptsStatus(span))
        {
            return false;
        }

        return (Name is null || Name.Matches(span.Name)) && (Service is null || AcceptsService(span));
    }

    private bool AcceptsStatus(SpanData span)
    {
        for (int i = 0; i < Statuses.Count; i++)
        {
            if (Statuses[i].Matches(span))
            {
                return true;
            }
        }

        return false;
    }

    private bool AcceptsService(SpanData span)
    {
        string name = span.Resource?.ServiceName ?? "";
        Span<byte> utf8 = stackalloc byte[512];
        return Encoding.UTF8.TryGetBytes(name, utf8, out int length)
            ? Service!.Matches(utf8[..length])
            : Service!.Matches(Encoding.UTF8.GetBytes(name));
    }
}

/// <summary>A status to look for: <c>error</c>, a class such as <c>5xx</c>, or a code such as <c>404</c> or <c>NOT_FOUND</c>.</summary>
public sealed class StatusPattern
{
    private readonly byte[] _text;
    private readonly int _class;
    private readonly long _code;

    /// <param name="text">As the user wrote it.</param>
    public StatusPattern(string text)
    {
        _text = Encoding.UTF8.GetBytes(text);
        _class = text.Length == 3 && char.IsAsciiDigit(text[0]) && text.EndsWith("xx", StringComparison.OrdinalIgnoreCase) ? text[0] - '0' : 0;
        _code = long.TryParse(text, out long code) ? code : -1;
    }

    private bool IsError => _text.AsSpan().SequenceEqual("error"u8);

    /// <summary>Whether the span has this status.</summary>
    public bool Matches(SpanData span)
    {
        if (IsError)
        {
            return span.Status == SpanStatus.Error;
        }

        if (!TryGetCode(span, out SpanAttribute attribute))
        {
            return false;
        }

        return attribute.Kind == AttributeKind.Integer
            ? (_class > 0 ? attribute.Number / 100 == _class : attribute.Number == _code)
            : span.Text(attribute).SequenceEqual(_text);
    }

    /// <summary>
    /// The protocol's own status: the attribute whose key ends in <c>status_code</c>, as the conventions name it for HTTP, RPC
    /// and databases alike.
    /// </summary>
    internal static bool TryGetCode(SpanData span, out SpanAttribute code)
    {
        foreach (ref readonly SpanAttribute attribute in span.Attributes)
        {
            if (attribute.Key.Utf8.EndsWith("status_code"u8))
            {
                code = attribute;
                return true;
            }
        }

        code = default;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_text);
}
