using System.Runtime.CompilerServices;
using System.Text;
using CsCheck;
using Sonde.Tracing.Tls;

namespace Sonde.Tracing.Tests.Tls;

/// <summary>What hellos of real programs say (tests/fixtures/tls/record.py).</summary>
public sealed class HelloReaderTests
{
    [Theory]
    [InlineData("openssl-1.3", "shop.example")]
    [InlineData("openssl-1.2", "shop.example")]
    [InlineData("openssl-retry", "shop.example")]
    [InlineData("openssl-no-name", "")]
    [InlineData("go", "localhost")]
    [InlineData("java", "")]
    public void A_clients_hello_names_the_server(string name, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(HelloReader.ServerName(Read($"{name}-client"))));

    [Theory]
    [InlineData("openssl-1.3", "1.3", "TLS_AES_256_GCM_SHA384", false)]
    [InlineData("openssl-1.2", "1.2", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false)]
    [InlineData("openssl-retry", "1.3", "TLS_AES_256_GCM_SHA384", true)]
    [InlineData("go", "1.3", "TLS_AES_128_GCM_SHA256", false)]
    [InlineData("java", "1.3", "TLS_AES_256_GCM_SHA384", false)]
    public void A_servers_hello_says_version_and_cipher(string name, string version, string cipher, bool isRetry)
    {
        Assert.True(HelloReader.TryReadServer(Read($"{name}-server"), out ServerHello hello));
        Assert.Equal((version, cipher, isRetry), (Encoding.ASCII.GetString(hello.Version), Encoding.ASCII.GetString(hello.Cipher), hello.IsRetry));
    }

    [Theory]
    [InlineData("openssl-1.3-client")]
    [InlineData("openssl-1.3-server")]
    [InlineData("openssl-1.2-server")]
    public void What_is_cut_off_is_not_found_but_never_another_thing(string name)
    {
        byte[] whole = Read(name);
        Assert.True(HelloReader.TryReadServer(whole, out ServerHello expected) || name.EndsWith("client", StringComparison.Ordinal));
        string server = Encoding.ASCII.GetString(HelloReader.ServerName(whole));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Contains(Encoding.ASCII.GetString(HelloReader.ServerName(whole.AsSpan(0, length))), new[] { "", server });
            if (HelloReader.TryReadServer(whole.AsSpan(0, length), out ServerHello cut))
            {
                Assert.Equal(expected, cut);
            }
        }
    }

    [Fact]
    public void Any_bytes_are_read() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Bool, Gen.Int[0, 299], Gen.Byte).Sample((noise, isServer, at, value) =>
        {
            byte[] hello = Read(isServer ? "go-server" : "go-client");
            hello[at % hello.Length] = value;
            foreach (byte[] bytes in new[] { noise, hello, [.. hello.AsSpan(0, 43), .. noise] })
            {
                _ = HelloReader.ServerName(bytes).Length;
                _ = HelloReader.TryReadServer(bytes, out _);
            }
        });

    internal static byte[] Read(string name, [CallerFilePath] string here = "") =>
        File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "../../fixtures/tls", $"{name}.bin"));
}
