using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Kafka;

/// <summary>The header of a request: what is asked for, in which version, under which number, by whom.</summary>
internal readonly ref struct KafkaRequestHead
{
    private const int FixedLength = 14;

    public short ApiKey { get; private init; }

    public short Version { get; private init; }

    public int CorrelationId { get; private init; }

    public ReadOnlySpan<byte> ClientId { get; private init; }

    /// <summary>The request's own fields.</summary>
    public ReadOnlySpan<byte> Body { get; private init; }

    /// <summary>Reads a request from its length on; false when it is none, or its header was not captured.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out KafkaRequestHead head)
    {
        head = default;
        if (bytes.Length < FixedLength)
        {
            return false;
        }

        short key = BinaryPrimitives.ReadInt16BigEndian(bytes[4..]), version = BinaryPrimitives.ReadInt16BigEndian(bytes[6..]);
        int clientLength = BinaryPrimitives.ReadInt16BigEndian(bytes[12..]);
        int length = BinaryPrimitives.ReadInt32BigEndian(bytes) + sizeof(int);
        if (!KafkaApi.IsKnown(key) || version is < 0 or > KafkaApi.MaxVersion || clientLength < -1 || length < FixedLength + Math.Max(0, clientLength)
            || bytes.Length < FixedLength + clientLength)
        {
            return false;
        }

        int end = FixedLength + Math.Max(0, clientLength);
        var body = new KafkaReader(bytes[end..], KafkaApi.IsFlexible(key, version));
        body.Tags();
        head = new KafkaRequestHead
        {
            ApiKey = key,
            Version = version,
            CorrelationId = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]),
            ClientId = bytes[FixedLength..end],
            Body = body.Rest,
        };
        return true;
    }
}
