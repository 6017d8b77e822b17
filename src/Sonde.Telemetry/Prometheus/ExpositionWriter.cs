using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Prometheus;

/// <summary>
/// Writes points in the text form of Prometheus (docs "Exposition formats", version 0.0.4) or of OpenMetrics 1.0. Each series has the
/// labels <c>job</c> and <c>instance</c> of its resource, and the resource's other attributes are in <c>target_info</c>.
/// </summary>
internal sealed class ExpositionWriter(ExpositionFormat format, ArrayBufferWriter<byte> output)
{
    private const string JobLabel = "job";
    private const string InstanceLabel = "instance";
    private const string Name = "service.name";
    private const string Namespace = "service.namespace";
    private const string Instance = "service.instance.id";

    private static readonly string s_scope = $"otel_scope_name=\"sonde\",otel_scope_version=\"{typeof(ExpositionWriter).Assembly.GetName().Version?.ToString(3)}\"";

    private readonly Dictionary<Resource, string> _targets = new(ReferenceEqualityComparer.Instance);

    private bool IsOpenMetrics => format == ExpositionFormat.OpenMetrics;

    /// <summary>Writes all points.</summary>
    public void Write(IReadOnlyList<MetricPoint> points)
    {
        WriteTargets(points);
        foreach (MetricFamily family in MetricFamily.Of(points))
        {
            WriteFamily(family);
        }

        if (IsOpenMetrics)
        {
            Append("# EOF\n");
        }
    }

    /// <summary>Attributes as labels; the values of keys that become one are joined, the keys in order (the specification's rule).</summary>
    private static string Labels(IEnumerable<KeyValuePair<string, object>> attributes)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, object value) in attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
        {
            string label = PrometheusNames.Label(key), text = Text(value);
            labels[label] = labels.TryGetValue(label, out string? before) ? $"{before};{text}" : text;
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escape(label.Value, quotes: true)}\""));
    }

    private static string Text(object value) => value switch
    {
        bool isTrue => isTrue ? "true" : "false",
        string[] texts => $"[{string.Join(',', texts.Select(text => $"\"{text}\""))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Escape(string text, bool quotes)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private static string Type(MetricFamily family) => family.Instrument.Kind switch
    {
        InstrumentKind.Counter => "counter",
        InstrumentKind.Histogram => "histogram",
        _ => "gauge",
    };

    /// <summary>The labels that say whose a series is.</summary>
    private string Target(Resource resource)
    {
        if (!_targets.TryGetValue(resource, out string? labels))
        {
            string? name = Attribute(resource, Name), space = Attribute(resource, Namespace), instance = Attribute(resource, Instance);
            List<KeyValuePair<string, object>> pairs = [new(JobLabel, space is null ? name ?? resource.ServiceName : $"{space}/{name}")];
            if (instance is not null)
            {
                pairs.Add(new(InstanceLabel, instance));
            }

            _targets.Add(resource, labels = Labels(pairs));
        }

        return labels;
    }

    private static string? Attribute(Resource resource, string key) => resource.Attributes.FirstOrDefault(attribute => attribute.Key == key).Value as string;

    private void WriteTargets(IReadOnlyList<MetricPoint> points)
    {
        var written = new HashSet<string>();
        foreach (Resource resource in points.Select(point => point.Resource).Distinct())
        {
            string target = Target(resource);
            if (!written.Add(target))
            {
                continue;
            }

            if (written.Count == 1)
            {
                string name = IsOpenMetrics ? "target" : "target_info";
                Append($"# TYPE {name} {(IsOpenMetrics ? "info" : "gauge")}\n# HELP {name} What is observed.\n");
            }

            string others = Labels(resource.Attributes.Where(attribute => attribute.Key is not (Name or Namespace or Instance)));
            Append($"target_info{{{target}{(others.Length > 0 ? "," : "")}{others}}} 1\n");
        }
    }

    private void WriteFamily(MetricFamily family)
    {
        bool isCounter = family.Instrument.Kind == InstrumentKind.Counter;
        string name = isCounter ? $"{family.Name}_total" : family.Name;
        string described = IsOpenMetrics ? family.Name : name;
        Append($"# TYPE {described} {Type(family)}\n");
        if (IsOpenMetrics && family.Unit.Length > 0)
        {
            Append($"# UNIT {described} {family.Unit}\n");
        }

        Append($"# HELP {described} {Escape(family.Instrument.Description, quotes: IsOpenMetrics)}\n");
        foreach (IGrouping<string, MetricPoint> series in family.Points.GroupBy(LabelsOf))
        {
            MetricPoint point = series.Aggregate(Merge);
            if (point.Histogram is { } histogram)
            {
                WriteHistogram(name, series.Key, point.Instrument.Bounds, histogram);
            }
            else
            {
                Append($"{name}{{{series.Key}}} ");
                Append(point.Number);
                Append("\n");
            }
        }
    }

    private string LabelsOf(MetricPoint point)
    {
        string attributes = Labels(point.Attributes.Values);
        return $"{Target(point.Resource)},{s_scope}{(attributes.Length > 0 ? "," : "")}{attributes}";
    }

    /// <summary>Two series that look the same to Prometheus: sums are added, and of two values the second is taken.</summary>
    private static MetricPoint Merge(MetricPoint one, MetricPoint other)
    {
        if (one.Instrument.Kind == InstrumentKind.Gauge)
        {
            return other;
        }

        if (one.Histogram is not { } left || other.Histogram is not { } right)
        {
            return one with { Number = one.Number - (other.Number.IsInteger ? (Number)(-other.Number.Integer) : -other.Number.Double) };
        }

        return left.Buckets.Count != right.Buckets.Count ? one : one with
        {
            Histogram = new HistogramValue
            {
                Count = left.Count + right.Count,
                Sum = left.Sum + right.Sum,
                Buckets = [.. left.Buckets.Zip(right.Buckets, (first, second) => first + second)],
                Exemplars = [.. left.Exemplars, .. right.Exemplars],
            },
        };
    }

    private void WriteHistogram(string name, string labels, IReadOnlyList<double> bounds, HistogramValue histogram)
    {
        long count = 0;
        for (int i = 0; i < histogram.Buckets.Count; i++)
        {
            count += histogram.Buckets[i];
            double bound = i < bounds.Count ? bounds[i] : double.PositiveInfinity;
            Append($"{name}_bucket{{{labels},le=\"{Number(bound)}\"}} {count}");
            if (IsOpenMetrics)
            {
                WriteExemplar(histogram, i == 0 ? double.NegativeInfinity : bounds[i - 1], bound);
            }

            Append("\n");
        }

        Append($"{name}_sum{{{labels}}} {Number(histogram.Sum)}\n{name}_count{{{labels}}} {histogram.Count}\n");
    }

    /// <summary>The newest of a bucket.</summary>
    private void WriteExemplar(HistogramValue histogram, double above, double bound)
    {
        Exemplar newest = default;
        foreach (Exemplar exemplar in histogram.Exemplars)
        {
            newest = exemplar.Value > above && exemplar.Value <= bound && exemplar.Time > newest.Time ? exemplar : newest;
        }

        if (newest.Time != 0)
        {
            string time = (newest.Time / 1_000_000 / 1000m).ToString(CultureInfo.InvariantCulture);
            Append($" # {{trace_id=\"{newest.TraceId}\",span_id=\"{newest.SpanId}\"}} {Number(newest.Value)} {time}");
        }
    }

    /// <summary>As OpenMetrics wants bounds: <c>1.0</c>, <c>+Inf</c>. The classic form takes them too.</summary>
    private static string Number(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf";
        }

        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    private void Append(Number number) => Append(number.IsInteger ? number.Integer.ToString(CultureInfo.InvariantCulture) : Number(number.Double));

    private void Append(string text) => Encoding.UTF8.GetBytes(text, output);

    private void Append(ref DefaultInterpolatedStringHandler text) => Append(text.ToStringAndClear());
}
