using System.Net;
using CsCheck;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Requests;

/// <summary>The two ends of a connection name a request alike, and no two requests are named alike.</summary>
public sealed class StreamKeyTests
{
    private static StreamKey Key(Records kernel, bool isServer) => StreamKey.ClientOf(kernel.Ends, isServer).At(kernel.StreamPosition);

    private static Records Client(IPAddress address, ushort port, uint position, byte family = AddressText.Inet) =>
        new(1, Role.Client) { Family = family, Local = address, LocalPort = port, Remote = family == AddressText.Inet ? IPAddress.Loopback : IPAddress.IPv6Loopback, RemotePort = 80, StreamPosition = position };

    private static Records Server(IPAddress address, ushort port, uint position, byte family = AddressText.Inet) =>
        new(2) { Family = family, Remote = address, RemotePort = port, Local = family == AddressText.Inet ? IPAddress.Any : IPAddress.IPv6Any, LocalPort = 8080, StreamPosition = position };

    [Fact]
    public void Both_ends_name_a_request_alike_whatever_translates_the_servers_address() =>
        Gen.Select(Gen.Byte.Array[4], Gen.UShort[1, ushort.MaxValue], Gen.UInt[1, uint.MaxValue]).Sample((bytes, port, position) =>
        {
            var address = new IPAddress(bytes);
            StreamKey client = Key(Client(address, port, position), isServer: false);
            Assert.True(client.IsValid);
            Assert.Equal(client, Key(Server(address, port, position), isServer: true));

            // A server that listens on IPv6 sees the IPv4 client mapped, and so does the client the other way round.
            Assert.Equal(client, Key(Server(address.MapToIPv6(), port, position, AddressText.Inet6), isServer: true));
            Assert.Equal(client, Key(Client(address.MapToIPv6(), port, position, AddressText.Inet6), isServer: false));
        });

    [Fact]
    public void Ipv6_ends_agree_too() =>
        Gen.Select(Gen.Byte.Array[16], Gen.UShort[1, ushort.MaxValue], Gen.UInt[1, uint.MaxValue]).Sample((bytes, port, position) =>
            Assert.Equal(
                Key(Client(new IPAddress(bytes), port, position, AddressText.Inet6), isServer: false),
                Key(Server(new IPAddress(bytes), port, position, AddressText.Inet6), isServer: true)));

    [Fact]
    public void Another_address_port_or_place_is_another_request()
    {
        StreamKey key = Key(Client(IPAddress.Loopback, 50_000, 1000), isServer: false);
        Assert.NotEqual(key, Key(Client(IPAddress.Parse("127.0.0.2"), 50_000, 1000), isServer: false));
        Assert.NotEqual(key, Key(Client(IPAddress.Loopback, 50_001, 1000), isServer: false));
        Assert.NotEqual(key, Key(Client(IPAddress.Loopback, 50_000, 1001), isServer: false));
        Assert.NotEqual(key, Key(Client(IPAddress.IPv6Loopback, 50_000, 1000, AddressText.Inet6), isServer: false));
    }

    [Fact]
    public void Unix_sockets_and_unknown_places_have_no_name()
    {
        Assert.False(Key(new Records(1) { Family = AddressText.Unix, Path = "/run/x", StreamPosition = 5 }, isServer: true).IsValid);
        Assert.False(Key(Client(IPAddress.Loopback, 50_000, 0), isServer: false).IsValid);
        Assert.False(default(StreamKey).IsValid);
    }
}
