using System.Globalization;
using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Protocols;

/// <summary>How a parser gave a span back.</summary>
public enum Outcome
{
    Open,
    Completed,
    Abandoned,
}

/// <summary>A span and all that a parser told of it. Times are those of the harness; 0 means never told.</summary>
public sealed class RecordedSpan(SpanData data, ulong exchange, ulong begun, uint threadId, TraceContext context)
{
    public SpanData Data { get; } = data;

    public ulong Exchange { get; } = exchange;

    public ulong Begun { get; } = begun;

    public uint ThreadId { get; } = threadId;

    public TraceContext Context { get; } = context;

    public ulong Received { get; set; }

    public uint ReceivedThreadId { get; set; }

    public ulong Answering { get; set; }

    public uint AnsweringThreadId { get; set; }

    public ulong Ended { get; set; }

    public Outcome Outcome { get; set; }

    public string Name => Encoding.UTF8.GetString(Data.Name);

    /// <summary>An attribute's value as text, or null when it is not set.</summary>
    public string? this[string key]
    {
        get
        {
            foreach (SpanAttribute attribute in Data.Attributes)
            {
                if (attribute.Key.Name == key)
                {
                    return Value(attribute);
                }
            }

            return null;
        }
    }

    public IReadOnlyList<string> MetricKeys =>
        [.. Data.Attributes.ToArray().Where(a => a.Use.HasFlag(AttributeUse.Metric)).Select(a => a.Key.Name)];

    public IReadOnlyList<string> Keys => [.. Data.Attributes.ToArray().Select(a => a.Key.Name)];

    /// <summary>Everything, for comparison.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{Name} {Outcome} {Data.Status} exchange {Exchange} begun {Begun}/{ThreadId} received {Received}/{ReceivedThreadId} ");
        text.Append(CultureInfo.InvariantCulture,
            $"answering {Answering}/{AnsweringThreadId} ended {Ended} context {Context.TraceId}-{Context.SpanId}");
        foreach (SpanAttribute attribute in Data.Attributes)
        {
            text.Append(CultureInfo.InvariantCulture, $" {attribute.Key.Name}={Value(attribute)}");
        }

        return text.ToString();
    }

    private string Value(in SpanAttribute attribute) => attribute.Kind switch
    {
        AttributeKind.Text => Encoding.UTF8.GetString(Data.Text(attribute)),
        AttributeKind.Texts => Encoding.UTF8.GetString(Data.Text(attribute)).TrimEnd('\0').Replace('\0', ' '),
        AttributeKind.Boolean => attribute.Number != 0 ? "true" : "false",
        _ => attribute.Number.ToString(CultureInfo.InvariantCulture),
    };
}

/// <summary>A connection that remembers what its parser told, and fails the test when the contract is broken.</summary>
public sealed class RecordingConversation : IConversation
{
    private readonly Dictionary<SpanData, RecordedSpan> _open = new(ReferenceEqualityComparer.Instance);

    public SpanKind Role { get; set; } = SpanKind.Server;

    public string Server { get; set; } = "10.0.0.1";

    public string Client { get; set; } = "10.0.0.2";

    public int ServerPort { get; set; } = 8080;

    public int ClientPort { get; set; } = 50000;

    public bool IsUnix { get; init; }

    public bool IsWhole { get; init; } = true;

    public bool IsEncrypted { get; init; }

    public string ServiceName { get; init; } = "shop";

    public bool IsSampled { get; init; } = true;

    public ReadOnlySpan<byte> ServerAddress => Encoding.UTF8.GetBytes(Server);

    public ReadOnlySpan<byte> ClientAddress => Encoding.UTF8.GetBytes(Client);

    public List<RecordedSpan> Spans { get; } = [];

    public int MalformedCount { get; private set; }

    public bool IsMuted { get; private set; }

    public bool IsTurned { get; private set; }

    /// <summary>The protocol that the connection was handed over to.</summary>
    public string? SwitchedTo { get; private set; }

    public IEnumerable<RecordedSpan> Completed => Spans.Where(span => span.Outcome == Outcome.Completed);

    public SpanData Begin(ulong exchange, ulong time, uint threadId, in TraceContext context)
    {
        var data = new SpanData { Kind = Role, IsSampled = IsSampled };
        var span = new RecordedSpan(data, exchange, time, threadId, context);
        Spans.Add(span);
        _open.Add(data, span);
        return data;
    }

    public void Received(SpanData span, ulong time, uint threadId)
    {
        RecordedSpan recorded = Open(span);
        Assert.True(recorded.Received == 0 && recorded.Answering == 0, "Received comes once, before Answering");
        Assert.True(time >= recorded.Begun, "a request ends after it begins");
        recorded.Received = time;
        recorded.ReceivedThreadId = threadId;
    }

    public void Answering(SpanData span, ulong time, uint threadId)
    {
        RecordedSpan recorded = Open(span);
        Assert.True(recorded.Received != 0 && recorded.Answering == 0, "Answering comes once, after Received");
        recorded.Answering = time;
        recorded.AnsweringThreadId = threadId;
    }

    public void Complete(SpanData span, ulong time)
    {
        RecordedSpan recorded = Open(span);
        Assert.True(time >= recorded.Begun, "a span ends after it begins");
        recorded.Ended = time;
        recorded.Outcome = Outcome.Completed;
        _open.Remove(span);
    }

    public void Abandon(SpanData span)
    {
        Open(span).Outcome = Outcome.Abandoned;
        _open.Remove(span);
    }

    public void Malformed() => MalformedCount++;

    public void Turn()
    {
        Assert.True(!IsTurned && Spans.Count == 0, "the sides turn once, before the first request");
        IsTurned = true;
        Role = Role == SpanKind.Server ? SpanKind.Client : SpanKind.Server;
        (Server, Client) = (Client, Server);
        (ServerPort, ClientPort) = (ClientPort, ServerPort);
    }

    public bool Switch(string protocol)
    {
        Assert.True(_open.Count == 0, "spans are given back before the connection is handed over");
        SwitchedTo = protocol;
        return true;
    }

    public void Mute() => IsMuted = true;

    /// <summary>Everything, for comparison.</summary>
    public override string ToString() =>
        string.Join('\n', Spans) + $"\nmalformed {MalformedCount} muted {IsMuted}";

    private RecordedSpan Open(SpanData span)
    {
        Assert.True(_open.ContainsKey(span), "a span is given back once, and not touched afterwards");
        return _open[span];
    }
}
