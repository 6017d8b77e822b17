using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Sonde.Telemetry.Prometheus;
using Xunit;

namespace Sonde.Telemetry.Tests.Prometheus;

public sealed class PrometheusServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_are_served_in_the_form_that_is_asked_for()
    {
        await using PrometheusServer server = Start();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Port}/metrics");
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text; version=1.0.0"));

        HttpResponseMessage open = await client.SendAsync(request, Token);
        HttpResponseMessage classic = await client.GetAsync(new Uri($"http://127.0.0.1:{server.Port}/metrics?x=y"), Token);

        Assert.Equal("application/openmetrics-text", open.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith("# EOF\n", await open.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal("text/plain", classic.Content.Headers.ContentType!.MediaType);
        Assert.Contains("tcp_retransmissions_total", await classic.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ")]
    [InlineData("POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 ")]
    [InlineData("HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ")]
    [InlineData("nonsense\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("GET /metrics HTTP/2.0\r\n\r\n", "HTTP/1.1 400 ")]
    public async Task What_is_not_served_is_told(string request, string answer)
    {
        await using PrometheusServer server = Start();

        Assert.StartsWith(answer, await AskAsync(server, request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_without_end_is_refused()
    {
        await using PrometheusServer server = Start();

        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(server, new string('x', 8192)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_connections_are_closed_and_others_served_then()
    {
        await using PrometheusServer server = PrometheusServer.Start(
            new PrometheusSettings("127.0.0.1", 0), [new SomePoints()], TimeProvider.System, TimeSpan.FromMilliseconds(300));
        var idle = new List<TcpClient>();
        for (int i = 0; i < 20; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, server.Port, Token);
            idle.Add(client);
        }

        string answer = await AskAsync(server, "GET /metrics HTTP/1.1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        idle.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_taken_port_is_told()
    {
        await using PrometheusServer server = Start();

        var exception = Assert.Throws<IOException>(() => PrometheusServer.Start(new PrometheusSettings("127.0.0.1", server.Port), [], TimeProvider.System));

        Assert.StartsWith($"metrics cannot be served on 127.0.0.1:{server.Port}: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prometheus_scrapes_it()
    {
        await using PrometheusServer server = Start();
        string folder = Directory.CreateTempSubdirectory("sonde-prometheus-").FullName;
        int port = FreePort();
        await File.WriteAllTextAsync(
            Path.Combine(folder, "prometheus.yml"),
            $"""
            scrape_configs:
              - job_name: sonde
                honor_labels: true
                scrape_interval: 200ms
                scrape_timeout: 200ms
                static_configs: [targets: ["127.0.0.1:{server.Port}"]]
            """,
            Token);
        using Process prometheus = Process.Start(new ProcessStartInfo(
            "prometheus",
            [
                $"--config.file={folder}/prometheus.yml", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}",
                "--enable-feature=exemplar-storage", "--log.level=error",
            ]))!;
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

            JsonElement counted = await QueryAsync(client, "/api/v1/query?query=tcp_retransmissions_total{tcp_state=\"syn_sent\"}", data => data.GetProperty("result"));
            JsonElement quantile = await QueryAsync(client, "/api/v1/query?query=histogram_quantile(0.5,http_server_request_duration_seconds_bucket)", data => data.GetProperty("result"));
            JsonElement exemplars = await QueryAsync(
                client, "/api/v1/query_exemplars?query=http_server_request_duration_seconds_bucket&start=1600000000&end=1800000000", data => data);

            Assert.Equal("7", counted[0].GetProperty("value")[1].GetString());
            Assert.Equal("80", counted[0].GetProperty("metric").GetProperty("net_src_port").GetString());
            Assert.Equal("eu/shop", quantile[0].GetProperty("metric").GetProperty("job").GetString());
            Assert.Equal("00000000000000000000000000000001", exemplars[0].GetProperty("exemplars")[0].GetProperty("labels").GetProperty("trace_id").GetString());
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PrometheusServer Start() => PrometheusServer.Start(new PrometheusSettings("127.0.0.1", 0), [new SomePoints()], TimeProvider.System);

    private static async Task<string> AskAsync(PrometheusServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, Token);
        using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(request), Token);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Token);
    }

    /// <summary>Asks until there is an answer that is not empty.</summary>
    private static async Task<JsonElement> QueryAsync(HttpClient client, string query, Func<JsonElement, JsonElement> select)
    {
        var limit = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                JsonElement result = select(JsonDocument.Parse(await client.GetStringAsync(new Uri(query, UriKind.Relative), Token)).RootElement.GetProperty("data"));
                if (result.GetArrayLength() > 0)
                {
                    return result;
                }
            }
            catch (HttpRequestException)
            {
                // It has not begun to listen.
            }

            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(30), $"Prometheus does not answer {query}.");
            await Task.Delay(100, Token);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
