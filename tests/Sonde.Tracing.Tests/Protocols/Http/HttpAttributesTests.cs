using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Tests.Protocols.Http;

/// <summary>What the spans say (HTTP semantic conventions 1.41).</summary>
public sealed class HttpAttributesTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static RecordedSpan Play(
        string request, string response = Ok, RecordingConversation? conversation = null, HttpSettings? settings = null) =>
        new ConversationHarness(new HttpProtocol(settings ?? new HttpSettings()), conversation).Request(request).Response(response).Span;

    private static RecordedSpan PlayClient(string request, string response = Ok, HttpSettings? settings = null) =>
        Play(request, response, new RecordingConversation { Role = SpanKind.Client }, settings);

    [Fact]
    public void A_server_span_has_the_attributes_of_the_conventions()
    {
        RecordedSpan span = Play("POST /orders/4711?user=jo&debug HTTP/1.1\r\nHost: shop.example:8443\r\nUser-Agent: curl/8\r\n"
            + "Content-Length: 3\r\nAuthorization: Bearer abc\r\nCookie: sid=1\r\n\r\nabc");

        Assert.Equal("POST /orders/{id}", span.Name);
        Assert.Equal("http.server.request.duration", span.Data.Instrument!.Name);
        Assert.Equal(
            [
                "client.address=10.0.0.2", "http.request.body.size=3", "http.request.method=POST", "http.response.body.size=2",
                "http.response.status_code=200", "http.route=/orders/{id}", "network.peer.address=10.0.0.2", "network.peer.port=50000",
                "network.protocol.version=1.1", "server.address=shop.example", "server.port=8443", "url.path=/orders/4711",
                "url.query=user=REDACTED&debug", "url.scheme=http", "user_agent.original=curl/8",
            ],
            span.Keys.Order(StringComparer.Ordinal).Select(key => $"{key}={span[key]}"));
        Assert.Equal(
            ["http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.scheme"],
            span.MetricKeys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_client_span_has_the_attributes_of_the_conventions()
    {
        RecordedSpan span = PlayClient("GET /orders/4711?user=jo HTTP/1.1\r\nHost: shop.example:8443\r\n\r\n");

        Assert.Equal("GET", span.Name);
        Assert.Equal("http.client.request.duration", span.Data.Instrument!.Name);
        Assert.Equal(
            [
                "http.request.method=GET", "http.response.body.size=2", "http.response.status_code=200", "network.peer.address=10.0.0.1",
                "network.peer.port=8080", "network.protocol.version=1.1", "server.address=shop.example", "server.port=8443",
                "url.full=http://shop.example:8443/orders/4711?user=REDACTED", "url.path=/orders/4711", "url.query=user=REDACTED",
                "url.scheme=http",
            ],
            span.Keys.Order(StringComparer.Ordinal).Select(key => $"{key}={span[key]}"));
        Assert.Equal(
            ["http.request.method", "http.response.status_code", "network.protocol.version", "server.address", "server.port", "url.scheme"],
            span.MetricKeys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(SpanKind.Server)]
    [InlineData(SpanKind.Client)]
    public void An_unsampled_span_has_what_the_metric_needs(SpanKind role)
    {
        RecordedSpan span = Play(
            "BREW /pot?x=1 HTTP/1.1\r\nHost: shop\r\nUser-Agent: a\r\nContent-Length: 1\r\n\r\n1",
            "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
            new RecordingConversation { Role = role, IsSampled = false });

        Assert.Equal(span.MetricKeys, span.Keys);
        Assert.Equal("500", span["error.type"]);
        Assert.Contains(role == SpanKind.Server ? "http.route" : "server.port", span.Keys);
    }

    [Theory]
    [InlineData("GET", "GET", null, "GET /a")]
    [InlineData("QUERY", "QUERY", null, "QUERY /a")]
    [InlineData("get", "_OTHER", "get", "HTTP /a")]
    [InlineData("PROPFIND", "_OTHER", "PROPFIND", "HTTP /a")]
    public void Unknown_methods_are_other(string method, string told, string? original, string name)
    {
        RecordedSpan span = Play($"{method} /a HTTP/1.1\r\n\r\n");

        Assert.Equal((told, original, name), (span["http.request.method"], span["http.request.method_original"], span.Name));
    }

    [Fact]
    public void The_known_methods_can_be_set() => Assert.Equal("PROPFIND", Play(
        "PROPFIND /a HTTP/1.1\r\n\r\n", settings: new HttpSettings { KnownMethods = ["PROPFIND"] })["http.request.method"]);

    [Theory]
    [InlineData("/a?b", "/a", "b", "shop", "80", "http://shop/a?b")]
    [InlineData("http://u:p@other.example:81/a?b=1", "/a", "b=REDACTED", "other.example", "81", "http://REDACTED:REDACTED@other.example:81/a?b=REDACTED")]
    [InlineData("https://other.example", "/", null, "other.example", "443", "https://other.example/")]
    [InlineData("http://[::1]:81/x", "/x", null, "::1", "81", "http://[::1]:81/x")]
    [InlineData("*", "*", null, "shop", "80", "http://shop")]
    [InlineData("/redirect?to=http://x/y#z", "/redirect", "to=REDACTED", "shop", "80", "http://shop/redirect?to=REDACTED")]
    public void All_forms_of_targets_are_understood(
        string target, string path, string? query, string host, string port, string full)
    {
        RecordedSpan span = PlayClient($"OPTIONS {target} HTTP/1.1\r\nHost: shop\r\n\r\n");

        Assert.Equal((path, query, host, port, full), (
            span["url.path"], span["url.query"], span["server.address"], span["server.port"], span["url.full"]));
    }

    [Fact]
    public void The_authority_form_has_no_url()
    {
        RecordedSpan span = PlayClient("CONNECT db.example:5432 HTTP/1.1\r\nHost: proxy\r\n\r\n", "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(("db.example", "5432", null, null), (
            span["server.address"], span["server.port"], span["url.path"], span["url.full"]));
    }

    [Theory]
    [InlineData("Host: shop", "10.0.0.2", "shop", "80", "http")]
    [InlineData("Host: [2001:db8::1]:81", "10.0.0.2", "2001:db8::1", "81", "http")]
    [InlineData("Host: shop:abc", "10.0.0.2", "shop", "80", "http")]
    [InlineData("Accept: */*", "10.0.0.2", "10.0.0.1", "8080", "http")]
    [InlineData("Host: in\r\nX-Forwarded-For: 203.0.113.7, 10.1.1.1\r\nX-Forwarded-Proto: https,http\r\nX-Forwarded-Host: shop.example",
        "203.0.113.7", "shop.example", "443", "https")]
    [InlineData("Host: in\r\nForwarded: for=\"[2001:db8::7]:4711\";proto=HTTPS;host=shop.example:8443, for=10.1.1.1",
        "2001:db8::7", "shop.example", "8443", "https")]
    [InlineData("Host: in\r\nX-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: gopher", "2001:db8::7", "in", "80", "http")]
    [InlineData("Host: in\r\nX-Forwarded-For: unknown\r\nForwarded: for=unknown", "10.0.0.2", "in", "80", "http")]
    [InlineData("Host: in\r\nX-Forwarded-For: <script>", "10.0.0.2", "in", "80", "http")]
    public void A_server_names_itself_and_its_client_as_the_proxies_say(
        string fields, string client, string server, string port, string scheme)
    {
        RecordedSpan span = Play($"GET / HTTP/1.1\r\n{fields}\r\n\r\n");

        Assert.Equal((client, server, port, scheme, "10.0.0.2"), (
            span["client.address"], span["server.address"], span["server.port"], span["url.scheme"], span["network.peer.address"]));
    }

    [Fact]
    public void A_client_does_not_believe_what_it_forwards()
    {
        RecordedSpan span = PlayClient("GET / HTTP/1.1\r\nHost: backend:81\r\nX-Forwarded-Host: shop\r\nX-Forwarded-Proto: https\r\n\r\n");

        Assert.Equal("http://backend:81/", span["url.full"]);
        Assert.Equal("http", span["url.scheme"]);
    }

    [Fact]
    public void A_Unix_socket_is_named_by_its_path()
    {
        var client = new RecordingConversation
        {
            Role = SpanKind.Client,
            IsUnix = true,
            Server = "/run/docker.sock",
            ServerPort = 0,
            Client = "",
            ClientPort = 0,
        };
        RecordedSpan span = Play("GET /v1/info HTTP/1.1\r\nHost: docker\r\n\r\n", conversation: client);

        Assert.Equal(("unix", "/run/docker.sock", "docker", null, null), (
            span["network.transport"], span["network.peer.address"], span["server.address"], span["server.port"], span["network.peer.port"]));
    }

    [Theory]
    [InlineData(SpanKind.Server, 404, null, SpanStatus.Unset)]
    [InlineData(SpanKind.Server, 503, "503", SpanStatus.Error)]
    [InlineData(SpanKind.Client, 302, null, SpanStatus.Unset)]
    [InlineData(SpanKind.Client, 404, "404", SpanStatus.Error)]
    [InlineData(SpanKind.Client, 500, "500", SpanStatus.Error)]
    public void Errors_depend_on_the_role(SpanKind role, int status, string? error, SpanStatus spanStatus)
    {
        RecordedSpan span = Play(
            "GET / HTTP/1.1\r\n\r\n", $"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n", new RecordingConversation { Role = role });

        Assert.Equal((error, spanStatus), (span["error.type"], span.Data.Status));
        Assert.Equal(error is not null, span.MetricKeys.Contains("error.type"));
    }

    [Theory]
    [InlineData("a=1&b=2", "a=REDACTED&b=REDACTED")]
    [InlineData("a=1;b=2&", "a=REDACTED;b=REDACTED&")]
    [InlineData("a=&wsdl&=x", "a=&wsdl&=REDACTED")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9", "REDACTED")]
    [InlineData("q=a=b", "q=REDACTED")]
    public void Query_values_are_hidden(string query, string told) =>
        Assert.Equal(told, Play($"GET /?{query} HTTP/1.1\r\n\r\n")["url.query"]);

    [Fact]
    public void Query_values_can_be_kept() => Assert.Equal(
        "http://shop/?a=1&b",
        PlayClient("GET /?a=1&b HTTP/1.1\r\nHost: shop\r\n\r\n", settings: new HttpSettings { RedactQueryValues = false })["url.full"]);

    [Fact]
    public void A_very_long_query_is_cut_and_not_leaked()
    {
        string query = string.Join('&', Enumerable.Range(0, 900).Select(i => $"k=s3cret{i}"));
        var harness = new ConversationHarness(new HttpProtocol(new HttpSettings())) { RequestCapture = 100_000 };

        string? told = harness.Request($"GET /?{query[..8000]} HTTP/1.1\r\n\r\n").Response(Ok).Span["url.query"];

        Assert.DoesNotContain("s3cret", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("Traceparent:00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false)]
    public void The_trace_context_is_read_if_there_is_one(string fields, bool valid)
    {
        RecordedSpan span = Play($"GET / HTTP/1.1\r\nCookie: {new string('c', 3000)}\r\n{fields}\r\n\r\n");

        Assert.Equal(valid, span.Context.IsValid);
        Assert.Equal(valid, span.Context.TraceId.ToString() == "0af7651916cd43dd8448eb211c80319c");
    }

    [Theory]
    [InlineData("HTTP/1.0", "1.0")]
    [InlineData("HTTP/1.1", "1.1")]
    public void The_version_is_that_of_the_request(string version, string told) =>
        Assert.Equal(told, Play($"GET / {version}\r\n\r\n")["network.protocol.version"]);

    [Fact]
    public void A_path_that_the_server_does_not_know_is_no_route()
    {
        RecordedSpan span = Play("GET /wp-admin HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(("GET", null), (span.Name, span["http.route"]));
    }

    [Fact]
    public void Patterns_name_the_routes_of_servers_and_the_templates_of_clients()
    {
        var settings = new HttpSettings { Routes = new RouteSettings { Patterns = ["/shops/:shop/*"] } };

        Assert.Equal("GET /shops/:shop/*", Play("GET /shops/berlin/cart/items HTTP/1.1\r\n\r\n", settings: settings).Name);
        RecordedSpan client = PlayClient("GET /shops/berlin/cart/items HTTP/1.1\r\n\r\n", settings: settings);
        Assert.Equal(("GET /shops/:shop/*", "/shops/:shop/*", null), (client.Name, client["url.template"], client["http.route"]));
    }
}
