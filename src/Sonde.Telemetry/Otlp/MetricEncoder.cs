using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Otlp;

/// <summary>Writes points as <c>ExportMetricsServiceRequest</c> (metrics_service.proto); the field numbers are those of metrics.proto.</summary>
internal static class MetricEncoder
{
    /// <summary><c>ScopeMetrics.metrics</c>.</summary>
    private const int MetricsField = 2;

    private const int NameField = 1;
    private const int DescriptionField = 2;
    private const int UnitField = 3;
    private const int GaugeField = 5;
    private const int SumField = 7;
    private const int HistogramField = 9;

    /// <summary><c>data_points</c> of <c>Gauge</c>, <c>Sum</c> and <c>Histogram</c>.</summary>
    private const int PointsField = 1;

    private const int TemporalityField = 2;
    private const int IsMonotonicField = 3;

    /// <summary><c>start_time_unix_nano</c> and <c>time_unix_nano</c> of both kinds of point.</summary>
    private const int StartTimeField = 2;

    private const int TimeField = 3;

    private const int NumberDoubleField = 4;
    private const int NumberIntegerField = 6;
    private const int NumberAttributesField = 7;

    private const int HistogramCountField = 4;
    private const int HistogramSumField = 5;
    private const int HistogramBucketsField = 6;
    private const int HistogramBoundsField = 7;
    private const int HistogramExemplarsField = 8;
    private const int HistogramAttributesField = 9;
    private const int HistogramMinField = 11;
    private const int HistogramMaxField = 12;

    private const int ExemplarTimeField = 2;
    private const int ExemplarDoubleField = 3;
    private const int ExemplarSpanIdField = 4;
    private const int ExemplarTraceIdField = 5;

    /// <summary>Writes some points of a collection, those of one resource and instrument together.</summary>
    public static void Write(ProtobufWriter writer, MetricCollection collection, IEnumerable<MetricPoint> points)
    {
        foreach (IGrouping<Resource, MetricPoint> resource in points.GroupBy(point => point.Resource))
        {
            (int, int) begun = ResourceEncoder.Begin(writer, resource.Key);
            foreach (IGrouping<Instrument, MetricPoint> metric in resource.GroupBy(point => point.Instrument))
            {
                Write(writer, collection, metric.Key, metric);
            }

            ResourceEncoder.End(writer, begun);
        }
    }

    private static void Write(ProtobufWriter writer, MetricCollection collection, Instrument instrument, IEnumerable<MetricPoint> points)
    {
        int metric = writer.Begin(MetricsField);
        writer.Text(NameField, instrument.Name);
        writer.Text(DescriptionField, instrument.Description);
        writer.Text(UnitField, instrument.Unit);
        int data = writer.Begin(instrument.Kind switch
        {
            InstrumentKind.Gauge => GaugeField,
            InstrumentKind.Histogram => HistogramField,
            _ => SumField,
        });
        foreach (MetricPoint point in points)
        {
            int message = writer.Begin(PointsField);
            if (point.StartTime != 0)
            {
                writer.Fixed64(StartTimeField, point.StartTime);
            }

            writer.Fixed64(TimeField, collection.Time);
            if (point.Histogram is { } histogram)
            {
                WriteHistogram(writer, instrument, histogram);
            }
            else if (point.Number.IsInteger)
            {
                writer.Fixed64(NumberIntegerField, (ulong)point.Number.Integer);
            }
            else
            {
                writer.Double(NumberDoubleField, point.Number.Double);
            }

            int attributes = point.Histogram is null ? NumberAttributesField : HistogramAttributesField;
            foreach ((string key, object value) in point.Attributes.Values)
            {
                AttributeEncoder.Write(writer, attributes, key, value);
            }

            writer.End(message);
        }

        if (instrument.Kind != InstrumentKind.Gauge)
        {
            Temporality temporality = instrument.Kind switch
            {
                InstrumentKind.Histogram => collection.HistogramTemporality,
                InstrumentKind.Counter => collection.CounterTemporality,
                _ => Temporality.Cumulative,
            };

            // AggregationTemporality: delta = 1, cumulative = 2.
            writer.Varint(TemporalityField, temporality == Temporality.Delta ? 1u : 2u);
        }

        if (instrument.Kind == InstrumentKind.Counter)
        {
            writer.Varint(IsMonotonicField, 1);
        }

        writer.End(data);
        writer.End(metric);
    }

    private static void WriteHistogram(ProtobufWriter writer, Instrument instrument, HistogramValue histogram)
    {
        writer.Fixed64(HistogramCountField, (ulong)histogram.Count);
        writer.Double(HistogramSumField, histogram.Sum);
        writer.PackedFixed64<long>(HistogramBucketsField, [.. histogram.Buckets]);
        writer.PackedFixed64<double>(HistogramBoundsField, [.. instrument.Bounds]);
        if (!double.IsNaN(histogram.Min))
        {
            writer.Double(HistogramMinField, histogram.Min);
        }

        if (!double.IsNaN(histogram.Max))
        {
            writer.Double(HistogramMaxField, histogram.Max);
        }

        foreach (Exemplar exemplar in histogram.Exemplars)
        {
            WriteExemplar(writer, exemplar);
        }
    }

    private static void WriteExemplar(ProtobufWriter writer, in Exemplar exemplar)
    {
        Span<byte> id = stackalloc byte[16];
        int message = writer.Begin(HistogramExemplarsField);
        writer.Fixed64(ExemplarTimeField, exemplar.Time);
        writer.Double(ExemplarDoubleField, exemplar.Value);
        exemplar.SpanId.CopyTo(id);
        writer.Bytes(ExemplarSpanIdField, id[..8]);
        exemplar.TraceId.CopyTo(id);
        writer.Bytes(ExemplarTraceIdField, id);
        writer.End(message);
    }
}
