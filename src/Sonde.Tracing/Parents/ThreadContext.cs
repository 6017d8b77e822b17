using Sonde.Telemetry.Processes;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Parents;

/// <summary>
/// The rule of servers that give a thread to each request: a call belongs to the request whose last byte its thread read,
/// if the same thread also sends the answer's first byte and reads no other request in between. A process that breaks the
/// rule once gets no parents by thread from then on: a missing parent is better than a wrong one.
/// </summary>
internal sealed class ThreadContext : IWorkContext
{
    /// <summary>Runtimes that move requests between threads by design: there the rule would hold by accident.</summary>
    private static readonly HashSet<string> HoppingLanguages = new(StringComparer.Ordinal) { "dotnet", "go", "nodejs" };

    private readonly Dictionary<uint, Request> _byThread = [];


    public Request? Current(uint process, uint thread) =>
        _byThread.TryGetValue(thread, out Request? request) && request.Process?.Pid == process ? request : null;

    /// <summary>A thread has read a request's last byte.</summary>
    /// <returns>False when that breaks the rule.</returns>
    public bool Received(Request request, uint thread)
    {
        request.Reader = thread;
        if (!IsTrusted(request.Process!))
        {
            return false;
        }

        if (_byThread.TryGetValue(thread, out Request? other) && other != request && other.Process == request.Process)
        {
            Distrust(request.Process!);
            return false;
        }

        _byThread[thread] = request;
        return true;
    }

    /// <summary>A thread sends an answer's first byte.</summary>
    /// <returns>Whether the calls that were made on it in between are certainly the request's.</returns>
    public bool Answering(Request request, uint thread)
    {
        if (!IsTrusted(request.Process!) || request.Reader == 0)
        {
            return false;
        }

        if (request.Reader == thread && _byThread.TryGetValue(thread, out Request? current) && current == request)
        {
            return true;
        }

        Distrust(request.Process!);
        return false;
    }

    /// <summary>The request is over for its thread.</summary>
    public void Release(Request request)
    {
        if (request.Reader != 0 && _byThread.TryGetValue(request.Reader, out Request? current) && current == request)
        {
            _byThread.Remove(request.Reader);
        }
    }

    /// <summary>Whether the process has kept the rule so far.</summary>
    public static bool IsTrusted(ObservedProcess process) => !process.HopsThreads;

    /// <summary>A process has been seen for the first time.</summary>
    public static void Found(ObservedProcess process)
    {
        foreach (KeyValuePair<string, object> attribute in process.Resource.Attributes)
        {
            if (attribute.Key == "telemetry.sdk.language" && attribute.Value is string language && HoppingLanguages.Contains(language))
            {
                process.HopsThreads = true;
            }
        }
    }

    private static void Distrust(ObservedProcess process) => process.HopsThreads = true;
}
