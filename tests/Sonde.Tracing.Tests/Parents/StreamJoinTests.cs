using Sonde.Tracing.Parents;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Tests.Parents;

public sealed class StreamJoinTests
{
    private static readonly StreamKey s_key = new(0, 1, 50_000, 1000);

    private readonly StreamJoin _join = new();

    [Fact]
    public void Each_end_finds_the_other_and_never_itself()
    {
        Request client = new() { Stream = s_key }, server = new() { Stream = s_key };
        _join.Add(client, isServer: false);
        Assert.Same(client, _join.FindClient(s_key));
        Assert.Null(_join.FindServer(s_key));
        _join.Add(server, isServer: true);
        Assert.Same(server, _join.FindServer(s_key));
        Assert.Null(_join.FindClient(s_key with { Position = 1001 }));
    }

    [Fact]
    public void What_is_over_is_not_found_and_takes_nobody_elses_place()
    {
        Request first = new() { Stream = s_key }, second = new() { Stream = s_key };
        _join.Add(first, isServer: false);
        _join.Add(second, isServer: false);
        _join.Remove(first, isServer: false);
        Assert.Same(second, _join.FindClient(s_key));
        _join.Remove(second, isServer: false);
        Assert.Null(_join.FindClient(s_key));
    }

    [Fact]
    public void A_request_without_a_place_is_not_joined()
    {
        _join.Add(new Request(), isServer: false);
        Assert.Null(_join.FindClient(default));
    }
}
