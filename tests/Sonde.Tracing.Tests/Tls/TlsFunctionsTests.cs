using System.Text;
using Sonde.Tracing.Capture;

namespace Sonde.Tracing.Tests.Tls;

/// <summary>Which files are looked at for TLS functions.</summary>
public sealed class TlsFunctionsTests
{
    [Theory]
    [InlineData("libssl.so.3", true)]
    [InlineData("libssl-1.1.so", true)]
    [InlineData("libgnutls.so.30", true)]
    [InlineData("libSystem.Security.Cryptography.Native.OpenSsl.so", true)]
    [InlineData("libnode.so.108", true)]
    [InlineData("node", true)]
    [InlineData("nginx", true)]
    [InlineData("libc.so.6", false)]
    [InlineData("libcrypto.so.3", false)]
    [InlineData("libcoreclr.so", false)]
    public void Libraries_by_their_name_and_executables_all(string file, bool expected) =>
        Assert.Equal(expected, TlsFunctions.MayBeIn(Encoding.UTF8.GetBytes(file)));

    [Fact]
    public void No_function_is_attached_to_twice() =>
        Assert.Equal(TlsFunctions.All.Count, TlsFunctions.All.DistinctBy(each => each.Symbol).Count());
}
