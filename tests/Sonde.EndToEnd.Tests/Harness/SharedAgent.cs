using Sonde.EndToEnd.Tests.Harness;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedAgent))]
// They share two cores and one agent, and compare durations.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>The agent that most tests use, started by the first; each test tells its own spans by its ports.</summary>
public sealed class SharedAgent : IAsyncDisposable
{
    private Task<SondeProcess>? _sonde;

    internal Task<SondeProcess> StartedAsync() => _sonde ??= SondeProcess.StartAsync(new() { ["OTEL_EBPF_PROTOCOLS"] = "http,grpc,sql,redis,dns" });

    public async ValueTask DisposeAsync()
    {
        if (_sonde is { IsCompletedSuccessfully: true })
        {
            await (await _sonde).DisposeAsync();
        }
    }
}
