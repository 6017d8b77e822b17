using System.Diagnostics.Metrics;
using Sonde.Probes.Linq.Results;
using Sonde.Probes.Metrics;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Linq;

/// <summary>
/// Aggregations in the kernel as instruments of an ordinary <see cref="Meter"/>, for the OpenTelemetry SDK or anything else that listens.
/// They are read when the listener collects. Members of the key become attributes, <c>SourcePort</c> as <c>source_port</c> unless
/// attributes are named; enumerations are told by name in lower case.
/// </summary>
public static class MeterExtensions
{
    /// <summary>The values of <c>otel.metric.overflow</c>: what found no room in the kernel's map.</summary>
    private static readonly KeyValuePair<string, object?>[] s_overflow = [new("otel.metric.overflow", true)];

    /// <summary>A counter of <c>Count()</c> or <c>Sum()</c>. Starts the aggregation. Events whose key found no room are one series of their own, <c>otel.metric.overflow</c>.</summary>
    /// <param name="meter">The meter.</param>
    /// <param name="name">The metric.</param>
    /// <param name="aggregation">What is counted; to be disposed by who made it, after the meter.</param>
    /// <param name="unit">As UCUM writes it.</param>
    /// <param name="description">For people.</param>
    /// <param name="attributes">The attribute of each part of the key.</param>
    /// <exception cref="ProbeException">The aggregation cannot run on this kernel.</exception>
    /// <exception cref="ArgumentException">It is not one that only grows, or there are not as many attributes as parts.</exception>
    public static ObservableCounter<long> CreateKernelCounter<TKey>(
        this Meter meter, string name, KernelAggregation<TKey, long> aggregation, string? unit = null, string? description = null, IReadOnlyList<string>? attributes = null)
        where TKey : notnull
    {
        if (aggregation.Query.Kind is not (AggregationKind.Count or AggregationKind.Sum))
        {
            throw new ArgumentException($"A {aggregation.Query.Kind} is no counter: use CreateKernelGauge.", nameof(aggregation));
        }

        AttributeReader reader = new(aggregation.Query.Key, attributes);
        aggregation.Start();
        return meter.CreateObservableCounter(name, Observe, unit, description);

        IEnumerable<Measurement<long>> Observe()
        {
            foreach ((object?[] parts, long value) in aggregation.ReadParts())
            {
                yield return new(value, reader.Read(parts));
            }

            if (aggregation.Query.Kind == AggregationKind.Count && aggregation.Refused is > 0 and long refused)
            {
                yield return new(refused, s_overflow);
            }
        }
    }

    /// <summary>A gauge of <c>Min()</c>, <c>Max()</c> or <c>Average()</c>, each since the aggregation was started. Starts the aggregation.</summary>
    /// <exception cref="ArgumentException">There are not as many attributes as parts of the key.</exception>
    /// <inheritdoc cref="CreateKernelCounter"/>
    public static ObservableGauge<TValue> CreateKernelGauge<TKey, TValue>(
        this Meter meter, string name, KernelAggregation<TKey, TValue> aggregation, string? unit = null, string? description = null, IReadOnlyList<string>? attributes = null)
        where TKey : notnull
        where TValue : struct
    {
        AttributeReader reader = new(aggregation.Query.Key, attributes);
        aggregation.Start();
        return meter.CreateObservableGauge(
            name, () => aggregation.ReadParts().Select(each => new Measurement<TValue>(each.Value, reader.Read(each.Parts))), unit, description);
    }

    /// <summary>
    /// A histogram of <c>Histogram()</c>. Starts the aggregation. A meter takes no histograms, only values: at each collection it is
    /// given as many as the kernel counted, such that the buckets (by the instrument's advice), the count, the sum, the least and the
    /// greatest value are the kernel's. That costs some 50 ns an event, in the collection. A counter of the same name with
    /// <c>.refused</c> appended counts what found no room in the kernel's map; it is silent while that is nothing, but a listener
    /// has to collect it, since it is what reads the kernel.
    /// </summary>
    /// <param name="meter">The meter.</param>
    /// <param name="name">The metric.</param>
    /// <param name="aggregation">What is counted; to be disposed by who made it, after the meter.</param>
    /// <param name="unit">The metric's unit: <c>s</c>, <c>ms</c>, <c>By</c>, …</param>
    /// <param name="countedIn">The unit of the values in the kernel, as <c>ns</c> for latencies; null when it is the metric's.</param>
    /// <param name="description">For people.</param>
    /// <param name="attributes">The attribute of each part of the key.</param>
    /// <param name="range">The values, as the kernel counts them, between which buckets are told apart; null for all.</param>
    /// <exception cref="ProbeException">The aggregation cannot run on this kernel.</exception>
    /// <exception cref="ArgumentException">The units are not of one kind, or there are not as many attributes as parts.</exception>
    public static Histogram<double> CreateKernelHistogram<TKey>(
        this Meter meter, string name, KernelAggregation<TKey, KernelHistogram> aggregation, string? unit = null, string? countedIn = null,
        string? description = null, IReadOnlyList<string>? attributes = null, (long Least, long Greatest)? range = null)
        where TKey : notnull
    {
        if (!UnitConversion.TryFind(countedIn ?? unit ?? "", unit ?? "", out UnitRatio ratio))
        {
            throw new ArgumentException($"'{countedIn}' cannot be told in '{unit}'.", nameof(countedIn));
        }

        AttributeReader reader = new(aggregation.Query.Key, attributes);
        HistogramShape shape = new(new Aggregation(AggregationKind.PowerOfTwo, IsSigned: true), range, ratio);
        Histogram<double> histogram = meter.CreateHistogram(name, unit, description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = shape.Bounds });
        aggregation.Taken += (parts, cell) =>
        {
            KeyValuePair<string, object?>[] told = reader.Read(parts);
            HistogramValues.ForEach((HistogramCell)cell, (value, count) =>
            {
                for (double converted = ratio.Convert(value); count > 0; count--)
                {
                    histogram.Record(converted, told);
                }
            });
        };
        aggregation.Start();
        meter.CreateObservableCounter(
            $"{name}.refused",
            () =>
            {
                aggregation.Take();
                return aggregation.Refused is > 0 and long refused ? [new Measurement<long>(refused)] : Array.Empty<Measurement<long>>();
            },
            "{event}",
            $"Events of {name} whose key found no room.");
        return histogram;
    }
}
