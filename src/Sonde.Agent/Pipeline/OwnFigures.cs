using Sonde.Bpf;
using Sonde.Discovery;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Metrics;
using Sonde.Tracing;

namespace Sonde.Agent.Pipeline;

/// <summary>Sonde's own figures as metrics (<c>sonde.*</c>), so that what is lost or costs is seen where the rest is seen.</summary>
internal static class OwnFigures
{
    public static void Register(OwnMetrics metrics, TracerFigures tracer, ProcessCatalog processes, IReadOnlyList<ExportCounters> spans)
    {
        metrics.AddCounter("sonde.exchanges", "{exchange}", "Exchanges whose beginning was seen.", () => tracer.Counters.Exchanges);
        metrics.AddCounter("sonde.requests", "{request}", "Requests that ended, sampled or not.", () => tracer.Counters.Requests);
        metrics.AddCounter("sonde.requests.abandoned", "{request}", "Requests given up because records of them were lost.", () => tracer.Counters.Abandoned);
        metrics.AddCounter("sonde.parse.failures", "{message}", "Messages that were not of their connection's protocol.", () => tracer.Counters.ParseFailures);
        metrics.AddCounter("sonde.http.heads.cut", "{head}", "Heads of HTTP that were longer than what is captured.", () => tracer.HeadsCut);
        metrics.AddCounter("sonde.http.fields.unknown", "{field}", "Header fields of HTTP/2 that had been said before Sonde listened.", () => tracer.FieldsUnknown);
        metrics.AddCounter("sonde.http.streams.refused", "{request}", "Requests of HTTP/2 that there was no room for.", () => tracer.StreamsRefused);
        metrics.AddCounter("sonde.records", "{record}", "Records read from the rings.", () => tracer.Counters.Records);
        metrics.AddCounter("sonde.records.lost", "{record}", "Records that did not fit in their ring.", () => tracer.RecordsLost);
        metrics.AddCounter("sonde.records.missed", "{record}", "Records that a connection's numbers show to be missing.", () => tracer.Counters.RecordsMissed);
        metrics.AddCounter("sonde.frames.places_lost", "{loss}", "Losses of the place in a direction of a connection that is walked by frames.", () => tracer.PlacesLost);
        metrics.AddCounter("sonde.calls.unreadable", "{call}", "Socket calls whose bytes could not be read.", () => tracer.CallsUnreadable);
        metrics.AddCounter("sonde.calls.late", "{call}", "Sends that were overtaken by the answer to them, and joined.", () => tracer.CallsLate);
        metrics.AddCounter("sonde.calls.ambiguous", "{call}", "The same, where another send could have been meant.", () => tracer.CallsAmbiguous);
        metrics.AddCounter("sonde.connections.muted", "{connection}", "Connections of no protocol that is read.", () => tracer.ConnectionsMuted);
        metrics.AddCounter(
            "sonde.connections.refused", "{connection}", "Connections that there was no room for.",
            () => tracer.ConnectionsRefused + tracer.Counters.ConnectionsRefused);
        metrics.AddUpDownCounter("sonde.tls.libraries", "{file}", "Files whose TLS functions are attached to.", () => tracer.TlsLibraries);
        metrics.AddCounter("sonde.tls.sessions", "{session}", "TLS sessions whose socket was found.", () => tracer.SessionsBound);
        metrics.AddCounter("sonde.tls.sessions.refused", "{session}", "TLS sessions that there was no room for.", () => tracer.SessionsRefused);
        metrics.AddCounter("sonde.tls.records.unbound", "{record}", "Records of TLS sessions whose socket was not found.", () => tracer.Counters.RecordsUnbound);
        metrics.AddUpDownCounter("sonde.processes", "{process}", "Processes that are remembered.", () => processes.Count);
        metrics.AddUpDownCounter("sonde.memory.resident", "By", "Resident memory of Sonde.", () => Environment.WorkingSet);
        if (spans.Count > 0)
        {
            metrics.AddUpDownCounter("sonde.spans.queued", "{span}", "Spans that wait to be sent.", () => spans.Sum(each => each.Queued));
            metrics.AddCounter("sonde.spans.sent", "{span}", "Spans that were taken.", () => spans.Sum(each => each.Sent));
            metrics.AddCounter("sonde.spans.dropped", "{span}", "Spans that the queue had no room for.", () => spans.Sum(each => each.Dropped));
            metrics.AddCounter("sonde.spans.retried", "{span}", "Spans that were sent again.", () => spans.Sum(each => each.Retried));
            metrics.AddCounter("sonde.spans.rejected", "{span}", "Spans that the receiver refused.", () => spans.Sum(each => each.Rejected));
        }

        foreach (BpfProgram program in tracer.Programs)
        {
            var attributes = new PointAttributes([new("sonde.program.name", program.Name)]);
            metrics.AddCounter("sonde.program.runs", "{run}", "Runs of a BPF program, while BPF statistics are on.", () => (long)program.Statistics.RunCount, attributes);
            metrics.AddCounter("sonde.program.duration", "s", "Time in a BPF program, while BPF statistics are on.", () => program.Statistics.RunTime / 1e9, attributes);
        }
    }
}
