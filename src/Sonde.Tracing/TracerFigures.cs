using Sonde.Bpf;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Capture;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing;

/// <summary>What the tracer says of itself; may be read from any thread.</summary>
public sealed class TracerFigures
{
    private readonly KernelCapture _capture;
    private readonly IReadOnlyList<IProtocol> _protocols;

    internal TracerFigures(TracerCounters counters, KernelCapture capture, IReadOnlyList<IProtocol> protocols)
    {
        Counters = counters;
        _capture = capture;
        _protocols = protocols;
    }

    /// <summary>What is counted in user space.</summary>
    public TracerCounters Counters { get; }

    /// <summary>The way in which the bytes are seen; differs between kernels.</summary>
    public string Tap => _capture.Tap.Name;

    /// <summary>Records that did not fit in the rings.</summary>
    public long RecordsLost => Count(Counter.RecordsLost);

    /// <summary>Connections for which the kernel had no memory, or the map of Unix sockets no room.</summary>
    public long ConnectionsRefused => Count(Counter.ConnectionsRefused);

    /// <summary>Calls whose bytes could not be read: sendfile, io_uring, 32-bit processes.</summary>
    public long CallsUnreadable => Count(Counter.CallsUnreadable);

    /// <summary>Sends that were overtaken by the answer to them, and joined.</summary>
    public long CallsLate => Count(Counter.CallsLate);

    /// <summary>The same, where another send could have been meant.</summary>
    public long CallsAmbiguous => Count(Counter.CallsAmbiguous);

    /// <summary>Connections left alone because nothing that Sonde reads passed on them.</summary>
    public long ConnectionsMuted => Count(Counter.ConnectionsMuted);

    /// <summary>TLS sessions whose socket is known.</summary>
    public long SessionsBound => Count(Counter.SessionsBound);

    /// <summary>TLS sessions that there was no room for.</summary>
    public long SessionsRefused => Count(Counter.SessionsRefused);

    /// <summary>Files whose TLS functions are attached to: libraries, and executables that have them built in.</summary>
    public int TlsLibraries { get; internal set; }

    /// <summary>How often the walk of a connection's frames lost its place, in one direction.</summary>
    public long PlacesLost => Count(Counter.PlacesLost);

    /// <summary>Heads of HTTP that were longer than what is captured of them.</summary>
    public long HeadsCut => _protocols.OfType<HttpProtocol>().Sum(each => each.HeadsCut) + _protocols.OfType<Http2Protocol>().Sum(each => each.BlocksCut);

    /// <summary>Header fields of HTTP/2 that could not be read: they had been said before Sonde listened.</summary>
    public long FieldsUnknown => _protocols.OfType<Http2Protocol>().Sum(each => each.UnknownFields);

    /// <summary>Requests of HTTP/2 left out because too many were open on their connection.</summary>
    public long StreamsRefused => _protocols.OfType<Http2Protocol>().Sum(each => each.StreamsRefused);

    /// <summary>Bytes in the rings that were not read yet.</summary>
    public long UnreadBytes => _capture.Rings.UnreadBytes;

    /// <summary>The programs in the kernel, for their run time and run count.</summary>
    public IReadOnlyList<BpfProgram> Programs => _capture.Programs;

    /// <summary>The maps in the kernel, for their memory.</summary>
    public IReadOnlyList<BpfMap> Maps => _capture.Maps;

    private long Count(Counter counter) => (long)_capture.Count(counter);
}
