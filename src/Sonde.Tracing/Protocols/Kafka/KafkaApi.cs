namespace Sonde.Tracing.Protocols.Kafka;

/// <summary>Kafka's requests: their names, and what of their layout depends on the version (kafka.apache.org/protocol).</summary>
internal static class KafkaApi
{
    public const short Produce = 0, Fetch = 1, Metadata = 3, OffsetCommit = 8, OffsetFetch = 9, JoinGroup = 11, Heartbeat = 12, LeaveGroup = 13, SyncGroup = 14,
        ApiVersions = 18, ConsumerGroupHeartbeat = 68;

    /// <summary>No request has come as far.</summary>
    public const short MaxVersion = 30;

    private const short Never = short.MaxValue;

    private static readonly Entry[] s_entries =
    [
        new("Produce", 9), new("Fetch", 12), new("ListOffsets", 6), new("Metadata", 9), new("LeaderAndIsr", 4), new("StopReplica", 2),
        new("UpdateMetadata", 6), new("ControlledShutdown", 3), new("OffsetCommit", 8), new("OffsetFetch", 6), new("FindCoordinator", 3, 1, LastWithError: 3),
        new("JoinGroup", 6, 2), new("Heartbeat", 4, 1), new("LeaveGroup", 4, 1), new("SyncGroup", 4, 1), new("DescribeGroups", 5),
        new("ListGroups", 3, 1), new("SaslHandshake", Never, Never), new("ApiVersions", 3, Never), new("CreateTopics", 5), new("DeleteTopics", 4),
        new("DeleteRecords", 2), new("InitProducerId", 2, 0), new("OffsetForLeaderEpoch", 4), new("AddPartitionsToTxn", 3), new("AddOffsetsToTxn", 3, 0),
        new("EndTxn", 3, 0), new("WriteTxnMarkers", 1), new("TxnOffsetCommit", 3), new("DescribeAcls", 2, 0), new("CreateAcls", 2), new("DeleteAcls", 2),
        new("DescribeConfigs", 4), new("AlterConfigs", 2), new("AlterReplicaLogDirs", 2), new("DescribeLogDirs", 2), new("SaslAuthenticate", 2, Never),
        new("CreatePartitions", 2), new("CreateDelegationToken", 2, Never), new("RenewDelegationToken", 2, Never), new("ExpireDelegationToken", 2, Never),
        new("DescribeDelegationToken", 2, Never), new("DeleteGroups", 2), new("ElectLeaders", 2), new("IncrementalAlterConfigs", 1),
        new("AlterPartitionReassignments", 0, 0), new("ListPartitionReassignments", 0, 0), new("OffsetDelete", Never, Never),
        new("DescribeClientQuotas", 1, 0), new("AlterClientQuotas", 1), new("DescribeUserScramCredentials", 0, 0), new("AlterUserScramCredentials", 0),
        new("Vote", 0), new("BeginQuorumEpoch", 1), new("EndQuorumEpoch", 1), new("DescribeQuorum", 0, Never), new("AlterPartition", 0, 0),
        new("UpdateFeatures", 0, 0), new("Envelope", 0), new("FetchSnapshot", 0, 0), new("DescribeCluster", 0, 0), new("DescribeProducers", 0),
        new("BrokerRegistration", 0, 0), new("BrokerHeartbeat", 0, 0), new("UnregisterBroker", 0, 0), new("DescribeTransactions", 0),
        new("ListTransactions", 0, 0), new("AllocateProducerIds", 0, 0), new("ConsumerGroupHeartbeat", 0, 0), new("ConsumerGroupDescribe", 0),
        new("ControllerRegistration", 0, 0), new("GetTelemetrySubscriptions", 0, 0), new("PushTelemetry", 0, 0), new("AssignReplicasToDirs", 0, 0),
        new("ListConfigResources", 0, 0), new("DescribeTopicPartitions", 0), new("ShareGroupHeartbeat", 0, 0), new("ShareGroupDescribe", 0),
        new("ShareFetch", 0, 0), new("ShareAcknowledge", 0, 0), new("AddRaftVoter", 0, 0), new("RemoveRaftVoter", 0, 0), new("UpdateRaftVoter", 0, 0),
    ];

    private static readonly byte[][] s_names = [.. s_entries.Select(entry => System.Text.Encoding.ASCII.GetBytes(entry.Name))];

    public static bool IsKnown(short key) => (uint)key < (uint)s_entries.Length;

    public static ReadOnlySpan<byte> NameOf(short key) => s_names[key];

    /// <summary>Whether lengths are of variable length, and tagged fields follow.</summary>
    public static bool IsFlexible(short key, short version) => version >= s_entries[key].Flexible;

    /// <summary>Whether a response begins with an error code, perhaps behind four bytes of throttle time.</summary>
    /// <param name="key">Of the request.</param>
    /// <param name="version">Of the request.</param>
    /// <param name="isThrottled">Whether those four bytes are there.</param>
    public static bool BeginsWithError(short key, short version, out bool isThrottled)
    {
        Entry entry = s_entries[key];
        isThrottled = version >= entry.Throttled;
        return entry.Throttled != NoError && version <= entry.LastWithError;
    }

    /// <summary>Whether the first field of a request is the consumer group's name.</summary>
    public static bool BeginsWithGroup(short key, short version) =>
        key is JoinGroup or Heartbeat or LeaveGroup or SyncGroup or OffsetCommit or ConsumerGroupHeartbeat || (key == OffsetFetch && version < 8);

    private const short NoError = -1;

    /// <param name="Name">What Kafka calls it.</param>
    /// <param name="Flexible">The first flexible version.</param>
    /// <param name="Throttled">The first version whose response has a throttle time before its error code; -1: it begins with no error code.</param>
    /// <param name="LastWithError">The last version whose response has the error code there.</param>
    private readonly record struct Entry(string Name, short Flexible, short Throttled = NoError, short LastWithError = short.MaxValue);
}
