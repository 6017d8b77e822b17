using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>Every server's requests, with their sizes and durations, as the client of them saw them.</summary>
public sealed class ServerTests(SharedAgent agent)
{
    private static readonly (string Method, string Path, int RequestSize)[] Mix =
    [
        ("GET", "/hello", 0),
        ("GET", "/bytes/1000", 0),
        ("GET", "/bytes/100000", 0),
        ("HEAD", "/hello", 0),
        ("POST", "/echo", 10),
        ("POST", "/echo", 20_000),
        ("GET", "/slow/50", 0),
        ("GET", "/status/404", 0),
        ("GET", "/slow/80", 0),
        ("GET", "/hello", 0),
    ];

    public static TheoryData<Runtime, bool> All =>
        [.. Enum.GetValues<Runtime>().Except([Runtime.AspNetCoreWithSdk]).SelectMany(runtime => new[] { (runtime, true), (runtime, false) }).Where(row => row != (Runtime.PythonWsgi, true))];

    [Theory]
    [MemberData(nameof(All))]
    [Coverage("HTTP/1.1", "{runtime}", CoveredSide.Server, "every request, method, path, status, body sizes, duration")]
    [Coverage("HTTP/1.1", ".NET HttpClient", CoveredSide.Client, "every request, method, path, status, body sizes, duration")]
    public Task Every_request_is_one_span_that_says_what_the_client_saw(Runtime runtime, bool keepAlive) => CompareAsync(runtime, keepAlive, encrypts: false);

    public static TheoryData<Runtime, bool> Encrypting => [.. Servers.Encrypting.SelectMany(runtime => new[] { (runtime, true), (runtime, false) })];

    [Theory]
    [MemberData(nameof(Encrypting))]
    [Coverage("HTTP/1.1", "{runtime}", CoveredSide.Server, "every request, method, path, status, body sizes, duration", Encrypted = true)]
    [Coverage("HTTP/1.1", ".NET HttpClient", CoveredSide.Client, "every request, method, path, status, body sizes, duration", Encrypted = true)]
    public async Task Every_encrypted_request_is_one_span_that_says_what_the_client_saw(Runtime runtime, bool keepAlive)
    {
        Span[] all = await CompareAsync(runtime, keepAlive, encrypts: true);
        // nginx speaks 1.3 only when it is told to.
        Assert.All(all, span => Assert.Equal(("https", runtime == Runtime.Nginx ? "1.2" : "1.3"), (span.Text("url.scheme"), span.Text("tls.protocol.version"))));
    }

    private async Task<Span[]> CompareAsync(Runtime runtime, bool keepAlive, bool encrypts)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess upstream = await Servers.StartAsync(Runtime.Python);
        await using ServerProcess server = await Servers.StartAsync(runtime, upstream, encrypts);
        using Caller caller = new(server.Port, keepAlive, encrypts);
        if (encrypts)
        {
            await Encryption.IsReadAsync(sonde, caller, server.Port);
        }

        List<Call> calls = [];
        // The first round warms both sides up: its durations are not compared.
        for (int round = 0; round < 4; round++)
        {
            foreach ((string method, string path, int size) in Mix)
            {
                calls.Add(await caller.CallAsync(method, path, size));
            }
        }

        Span[] served = await sonde.ExactlyAsync(span => span.Kind == "server" && span.Port == server.Port && !Encryption.IsTrial(span), calls.Count);
        Span[] called = await sonde.ExactlyAsync(span => span.Kind == "client" && span.Port == server.Port && !Encryption.IsTrial(span), calls.Count);
        for (int i = 0; i < calls.Count; i++)
        {
            AssertSame(calls[i], served[i]);
            AssertSame(calls[i], called[i]);
        }

        int[] slow = [.. Enumerable.Range(Mix.Length, calls.Count - Mix.Length).Where(i => calls[i].Path.StartsWith("/slow", StringComparison.Ordinal))];
        AssertDurations(slow.Select(i => (calls[i], served[i])));
        AssertDurations(slow.Select(i => (calls[i], called[i])));
        return [.. served, .. called];
    }

    private static void AssertSame(Call call, Span span)
    {
        Assert.True(
            (call.Method, call.Path, call.Status, call.RequestSize, call.ResponseSize)
                == (span.Method, span.Path, span.StatusCode, span.RequestSize, span.ResponseSize),
            $"{call} is not what the span says: {span}");
        Assert.Equal(call.Status >= 500 || (call.Status >= 400 && span.Kind == "client") ? "error" : null, span.Status);
    }

    /// <summary>
    /// The client's clock can only be late: on a busy machine it waits for a processor before it is read. So no span is longer
    /// than what the client measured, and where the client was least disturbed the two agree.
    /// </summary>
    private static void AssertDurations(IEnumerable<(Call Call, Span Span)> pairs)
    {
        Assert.All(pairs, pair => Assert.True(
            pair.Span.Duration.TotalMilliseconds <= (pair.Call.Elapsed.TotalMilliseconds * 1.2) + 1, Compare(pair.Call, pair.Span)));
        (Call call, Span span) = pairs.MinBy(pair => pair.Call.Elapsed - pair.Span.Duration);
        Assert.True((call.Elapsed - span.Duration).TotalMilliseconds <= (call.Elapsed.TotalMilliseconds * 0.2) + 1, Compare(call, span));
    }

    private static string Compare(Call call, Span span) =>
        $"{call} took {call.Elapsed.TotalMilliseconds:F2} ms, the {span.Kind} span {span.Duration.TotalMilliseconds:F2} ms";
}
