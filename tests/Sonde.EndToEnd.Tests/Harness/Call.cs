namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>
/// A request that was made and answered, as its client saw it. <c>Elapsed</c> is from before the request was sent until
/// its answer was read.
/// </summary>
internal sealed record Call(string Method, string Path, int Status, int RequestSize, int ResponseSize, TimeSpan Elapsed);
