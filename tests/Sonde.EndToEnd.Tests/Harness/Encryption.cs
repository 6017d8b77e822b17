using Xunit;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>
/// Sonde attaches to a TLS library a moment after it was first mapped; what passes before that is not seen. So trials come before what is
/// compared.
/// </summary>
internal static class Encryption
{
    private const string Path = "/trial";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static bool IsTrial(Span span) => span.Path == Path;

    /// <summary>Makes trials until both of one's spans are there.</summary>
    public static async Task IsReadAsync(SondeProcess sonde, Caller caller, int port)
    {
        using CancellationTokenSource deadline = new(Patience);
        while (!(Has(sonde, "server", port) && Has(sonde, "client", port)))
        {
            Assert.False(deadline.IsCancellationRequested, $"Encrypted requests to port {port} are not seen: {sonde.Process.Errors}");
            await caller.CallAsync("GET", Path);
            await sonde.DrainAsync();
        }
    }

    private static bool Has(SondeProcess sonde, string kind, int port) => sonde.Spans.Where(span => IsTrial(span) && span.Kind == kind && span.Port == port).Length > 0;
}
