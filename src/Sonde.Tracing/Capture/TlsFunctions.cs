namespace Sonde.Tracing.Capture;

/// <summary>A function of a TLS library that plaintext passes, or that tells whose it is.</summary>
/// <param name="Symbol">As the library exports it.</param>
/// <param name="Entry">The program at its entry.</param>
/// <param name="Returns">Whether its return is of interest, too: only then is it known how much it has moved.</param>
internal sealed record TlsFunction(string Symbol, string Entry, bool Returns = false);

/// <summary>The functions of all libraries. One more that takes <c>(session, buffer, size)</c> and returns what it moved is one line.</summary>
internal static class TlsFunctions
{
    /// <summary>OpenSSL 1.1 and 3, LibreSSL, BoringSSL; GnuTLS; what .NET calls OpenSSL through.</summary>
    public static IReadOnlyList<TlsFunction> All { get; } =
    [
        new("SSL_write", "sonde_tls_write", Returns: true),
        new("SSL_read", "sonde_tls_read", Returns: true),
        new("SSL_write_ex", "sonde_tls_ex_write", Returns: true),
        new("SSL_read_ex", "sonde_tls_ex_read", Returns: true),
        new("SSL_sendfile", "sonde_tls_sendfile", Returns: true),
        new("SSL_free", "sonde_tls_free"),
        new("gnutls_record_send", "sonde_tls_write", Returns: true),
        new("gnutls_record_recv", "sonde_tls_read", Returns: true),
        new("gnutls_deinit", "sonde_tls_free"),
        new("CryptoNative_BioWrite", "sonde_tls_hand"),
        new("CryptoNative_SslDoHandshake", "sonde_tls_hello"),
    ];

    /// <summary>Go's, which get their arguments otherwise, and whose returns are each attached to as an entry is.</summary>
    public static IReadOnlyList<TlsFunction> OfGo { get; } =
    [
        new("crypto/tls.(*Conn).Write", "sonde_go_write", Returns: true),
        new("crypto/tls.(*Conn).Read", "sonde_go_read", Returns: true),
    ];

    /// <summary>The program at each return of Go's functions.</summary>
    public static string GoReturn => "sonde_go_return";

    /// <summary>The program at all the other functions' returns.</summary>
    public static string Return => "sonde_tls_return";

    private static readonly byte[][] _libraries =
    [
        "libssl"u8.ToArray(), "libgnutls"u8.ToArray(), "libSystem.Security.Cryptography.Native.OpenSsl"u8.ToArray(), "libnode"u8.ToArray(),
        "libnetty_tcnative"u8.ToArray(), "libboringssl"u8.ToArray(), "libconscrypt"u8.ToArray(),
    ];

    /// <summary>Whether a file of this name may have such functions: libraries by their name, executables all.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> file)
    {
        if (file.IndexOf(".so"u8) < 0)
        {
            return true;
        }

        foreach (byte[] library in _libraries)
        {
            if (file.StartsWith(library))
            {
                return true;
            }
        }

        return false;
    }
}
