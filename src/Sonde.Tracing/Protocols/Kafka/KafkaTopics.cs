using System.Collections.Concurrent;

namespace Sonde.Tracing.Protocols.Kafka;

/// <summary>The names of topics that requests name by id alone, as since Fetch 13: metadata responses tell both.</summary>
internal sealed class KafkaTopics
{
    public const int IdLength = 16;

    private const int MaxNames = 4096, MaxCounted = 1000;
    private const short FirstWithIds = 10;

    private readonly ConcurrentDictionary<Guid, byte[]> _names = [];

    /// <summary>A topic's name; empty when it has not been told.</summary>
    public ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> id) =>
        id.Length == IdLength && _names.TryGetValue(new Guid(id), out byte[]? name) ? name : default;

    /// <summary>Reads the topics of a metadata response, as far as they were captured.</summary>
    public void Learn(short version, ReadOnlySpan<byte> response)
    {
        if (version < FirstWithIds)
        {
            return;
        }

        var body = new KafkaReader(response, isFlexible: true);
        body.Tags();
        // Throttle time.
        body.Skip(sizeof(int));
        for (int brokers = Math.Min(body.Count(), MaxCounted); brokers > 0 && !body.IsCut; brokers--)
        {
            body.Skip(sizeof(int));
            body.Text();
            body.Skip(sizeof(int));
            body.Text();
            body.Tags();
        }

        // Cluster and controller.
        body.Text();
        body.Skip(sizeof(int));
        for (int topics = Math.Min(body.Count(), MaxCounted); topics > 0 && !body.IsCut; topics--)
        {
            short error = body.Int16();
            ReadOnlySpan<byte> name = body.Text(), id = body.Bytes(IdLength);
            if (error == 0 && !body.IsCut && !name.IsEmpty)
            {
                Learn(id, name);
            }

            PassPartitions(ref body);
        }
    }

    private void Learn(ReadOnlySpan<byte> id, ReadOnlySpan<byte> name)
    {
        var key = new Guid(id);
        if (key != Guid.Empty && _names.Count < MaxNames && !_names.ContainsKey(key))
        {
            _names.TryAdd(key, name.ToArray());
        }
    }

    private static void PassPartitions(ref KafkaReader body)
    {
        // Whether it is internal.
        body.Skip(1);
        for (int partitions = Math.Min(body.Count(), MaxCounted); partitions > 0 && !body.IsCut; partitions--)
        {
            // Error, index, leader and its epoch; replicas, those in sync, those offline.
            body.Skip(sizeof(short) + 3 * sizeof(int));
            for (int i = 0; i < 3; i++)
            {
                body.Skip(Math.Min(body.Count(), MaxCounted) * sizeof(int));
            }

            body.Tags();
        }

        // Authorized operations.
        body.Skip(sizeof(int));
        body.Tags();
    }
}
