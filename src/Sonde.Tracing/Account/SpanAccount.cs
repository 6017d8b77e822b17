using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Parents;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Account;

/// <summary>Puts the kernel's account on a span.</summary>
internal static class SpanAccount
{
    /// <summary>Sets the attributes of a request that has ended with this mark.</summary>
    /// <param name="request">The request, whose start and end are known.</param>
    /// <param name="end">The mark of the call that moved its last byte.</param>
    public static void Describe(Request request, in Mark end)
    {
        if (!request.IsSampled)
        {
            return;
        }

        bool isServer = request.Kind == SpanKind.Server;
        ulong duration = request.EndTime > request.StartTime ? request.EndTime - request.StartTime : 0;
        TimeAccount time = IsFollowed(request, end)
            ? TimeAccount.Between(request.Start, end, duration, isServer)
            : TimeAccount.Unknown(duration);
        var socket = SocketAccount.Between(request.Start, end, duration, request.Connect);
        Set(request, time);
        Set(request, socket);
        SetCause(request, time, socket, duration, isServer);
    }

    /// <summary>Whether one thread worked for the request from its first byte to its last, and for nothing else.</summary>
    private static bool IsFollowed(Request request, in Mark end)
    {
        uint thread = request.Start.Tid;
        if (thread == 0 || thread != end.Tid || !ThreadContext.IsTrusted(request.Process!))
        {
            return false;
        }

        return request.Kind == SpanKind.Server
            ? request.Verdict == ThreadVerdict.Confirmed && request.Reader == thread
            : !request.SharesThread;
    }

    private static void Set(SpanData span, in TimeAccount time)
    {
        Set(span, KernelAttributes.OnCpu, time.OnCpu);
        Set(span, KernelAttributes.RunQueue, time.RunQueue);
        Set(span, KernelAttributes.Throttled, time.Throttled);
        Set(span, KernelAttributes.BlockIo, time.BlockIo);
        Set(span, KernelAttributes.Lock, time.Lock);
        Set(span, KernelAttributes.Network, time.Network);
        Set(span, KernelAttributes.Sleep, time.Sleep);
        Set(span, KernelAttributes.OffThread, time.OffThread);
    }

    private static void Set(SpanData span, in SocketAccount socket)
    {
        Set(span, KernelAttributes.Connect, socket.Connect);
        Set(span, KernelAttributes.RoundTrip, socket.RoundTrip);
        Set(span, KernelAttributes.RetransmitWait, socket.RetransmitWait);
        if (socket.Retransmits > 0)
        {
            span.Set(KernelAttributes.Retransmits, socket.Retransmits);
        }
    }

    private static void Set(SpanData span, AttributeKey key, ulong nanoseconds)
    {
        if (nanoseconds > 0)
        {
            span.Set(key, nanoseconds / 1e9);
        }
    }

    private static void SetCause(Request request, in TimeAccount time, in SocketAccount socket, ulong duration, bool isServer)
    {
        Cause cause = Cause.Of(time, socket, duration, isServer);
        if (cause.Name.IsEmpty)
        {
            return;
        }

        Span<byte> line = stackalloc byte[256];
        SlowestCall call = request.SlowestCall;
        // A call that is named is to be most of what is explained.
        bool isNamed = cause.IsNetwork && call.Duration > cause.Time / 2;
        int length = cause.Write(duration, isNamed ? call.Server : default, call.Port, line);
        request.Set(KernelAttributes.Cause, line[..length]);
    }
}
