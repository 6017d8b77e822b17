using System.Runtime.CompilerServices;
using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Otlp;

/// <summary>
/// Writes what stands around spans and points: their resource and their scope. The fields have the same numbers in
/// <c>ResourceSpans</c> and <c>ResourceMetrics</c>, <c>ScopeSpans</c> and <c>ScopeMetrics</c>.
/// </summary>
internal static class ResourceEncoder
{
    /// <summary>The semantic conventions that the attributes keep to.</summary>
    public const string SchemaUrl = "https://opentelemetry.io/schemas/1.41.0";

    /// <summary><c>ExportTraceServiceRequest.resource_spans</c>, <c>ExportMetricsServiceRequest.resource_metrics</c>.</summary>
    private const int RequestField = 1;

    private const int ResourceField = 1;
    private const int ScopesField = 2;
    private const int ScopeField = 1;
    private const int SchemaUrlField = 3;

    /// <summary><c>opentelemetry.proto.resource.v1.Resource</c> (resource.proto): attributes = 1.</summary>
    private const int AttributesField = 1;

    /// <summary><c>opentelemetry.proto.common.v1.InstrumentationScope</c> (common.proto): name = 1, version = 2.</summary>
    private const int ScopeNameField = 1;

    private const int ScopeVersionField = 2;

    private static readonly ConditionalWeakTable<Resource, byte[]> s_encoded = [];
    private static readonly byte[] s_scope = EncodeScope();

    /// <summary>Opens the part of a request that holds what one resource sends, down to its scope.</summary>
    /// <param name="writer">A writer in which an export request is open.</param>
    /// <param name="resource">Whose; null for an unknown one.</param>
    /// <returns>What <see cref="End"/> needs.</returns>
    public static (int Resource, int Scope) Begin(ProtobufWriter writer, Resource? resource)
    {
        int outer = writer.Begin(RequestField);
        if (resource is not null)
        {
            writer.Raw(s_encoded.GetValue(resource, Encode));
        }

        int scope = writer.Begin(ScopesField);
        writer.Raw(s_scope);
        return (outer, scope);
    }

    /// <summary>Closes what <see cref="Begin"/> opened.</summary>
    public static void End(ProtobufWriter writer, (int Resource, int Scope) begun)
    {
        writer.Text(SchemaUrlField, SchemaUrl);
        writer.End(begun.Scope);
        writer.Text(SchemaUrlField, SchemaUrl);
        writer.End(begun.Resource);
    }

    private static byte[] Encode(Resource resource)
    {
        var writer = new ProtobufWriter(1024);
        int message = writer.Begin(ResourceField);
        foreach ((string key, object value) in resource.Attributes)
        {
            AttributeEncoder.Write(writer, AttributesField, key, value);
        }

        writer.End(message);
        return writer.Written.ToArray();
    }

    private static byte[] EncodeScope()
    {
        var writer = new ProtobufWriter(64);
        int message = writer.Begin(ScopeField);
        writer.Text(ScopeNameField, "sonde");
        writer.Text(ScopeVersionField, typeof(ResourceEncoder).Assembly.GetName().Version?.ToString(3) ?? "0.0.0");
        writer.End(message);
        return writer.Written.ToArray();
    }
}
