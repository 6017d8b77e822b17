namespace Sonde.Tracing.Requests;

/// <summary>Requests for reuse, so that tracing one allocates nothing. One thread.</summary>
internal sealed class RequestPool
{
    /// <summary>More than are usually open at once; what a burst made beyond it is left to the collector.</summary>
    private const int Kept = 4096;

    private readonly Stack<Request> _free = new();

    public Request Rent() => _free.TryPop(out Request? request) ? request : new Request();

    public void Return(Request request)
    {
        request.Reset();
        if (_free.Count < Kept)
        {
            _free.Push(request);
        }
    }
}
