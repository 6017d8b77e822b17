using System.Net;
using System.Text;
using CsCheck;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Tests.Requests;

/// <summary>Held against the framework's own text of an address.</summary>
public sealed class AddressTextTests
{
    private static string Write(byte[] address, byte family)
    {
        Span<byte> text = stackalloc byte[AddressText.MaxLength];
        return Encoding.ASCII.GetString(text[..AddressText.Write(address, family, text)]);
    }

    [Fact]
    public void Any_ipv4_address() => Gen.Byte.Array[4].Sample(address =>
        Assert.Equal(new IPAddress(address).ToString(), Write([.. address, .. new byte[12]], AddressText.Inet)));

    [Fact]
    public void Any_ipv6_address() =>
        Gen.OneOf(Gen.Byte.Array[16], Gen.OneOf(Gen.Const((byte)0), Gen.Byte).Array[16]).Where(address => !new IPAddress(address).IsIPv4MappedToIPv6).Sample(address =>
            Assert.Equal(new IPAddress(address).ToString(), Write(address, AddressText.Inet6)));

    [Fact]
    public void An_ipv4_mapped_address_is_the_ipv4_address() => Gen.Byte.Array[4].Sample(address =>
        Assert.Equal(new IPAddress(address).ToString(), Write(new IPAddress(address).MapToIPv6().GetAddressBytes(), AddressText.Inet6)));

    [Theory]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:0:0:1")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8::1")]
    public void Edges(string address) => Assert.Equal(address, Write(IPAddress.Parse(address).GetAddressBytes(), AddressText.Inet6));
}
