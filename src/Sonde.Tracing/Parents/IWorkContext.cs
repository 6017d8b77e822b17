using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Parents;

/// <summary>The one place that is asked: which request is this thread working for, now?</summary>
internal interface IWorkContext
{
    /// <summary>The server request that a thread works for, or null when that is not certain.</summary>
    Request? Current(uint process, uint thread);
}
