namespace Sonde.Tracing.Protocols.Http;

/// <summary>What a request over HTTP is told as.</summary>
internal enum CallKind : byte
{
    Http,
    Grpc,

    /// <summary>What was seen of it so far does not say.</summary>
    Undecided,
}

/// <summary>Requests over HTTP that become spans.</summary>
[Flags]
public enum CallKinds
{
    None = 0,

    /// <summary>Those that are no gRPC calls.</summary>
    Http = 1,

    /// <summary>gRPC calls.</summary>
    Grpc = 2,
}
