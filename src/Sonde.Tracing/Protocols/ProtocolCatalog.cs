using Sonde.Tracing.Protocols.Dns;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2;
using Sonde.Tracing.Protocols.Kafka;
using Sonde.Tracing.Protocols.MySql;
using Sonde.Tracing.Protocols.PostgreSql;
using Sonde.Tracing.Protocols.Redis;
using Sonde.Tracing.Protocols.Sql;
using Sonde.Tracing.Protocols.Tds;

namespace Sonde.Tracing.Protocols;

/// <summary>What can be set about the protocols.</summary>
public sealed class ProtocolSettings
{
    /// <summary>HTTP, whichever version, and gRPC.</summary>
    public HttpSettings Http { get; init; } = new();

    /// <summary>The SQL databases.</summary>
    public SqlSettings Sql { get; init; } = new();
}

/// <summary>Every protocol that Sonde reads, one line each.</summary>
public static class ProtocolCatalog
{
    /// <summary>With the default settings.</summary>
    public static IReadOnlyList<IProtocol> All { get; } = Create(new ProtocolSettings());

    /// <summary>In the order in which they are asked about a connection that no pattern matched.</summary>
    public static IReadOnlyList<IProtocol> Create(ProtocolSettings settings)
    {
        var http = new HttpProtocol(settings.Http);
        return
        [
            http,
            new Http2Protocol(http),
            new RedisProtocol(),
            new PostgreSqlProtocol(settings.Sql),
            new MySqlProtocol(settings.Sql),
            new TdsProtocol(settings.Sql),
            new DnsProtocol(),
            new KafkaProtocol(),
        ];
    }
}
