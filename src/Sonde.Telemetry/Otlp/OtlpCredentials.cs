using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sonde.Telemetry.Export;

namespace Sonde.Telemetry.Otlp;

/// <summary>The settings name something that cannot be used, and going on without it would be wrong. The message says what to do.</summary>
public sealed class OtlpSettingsException(string message, Exception inner) : ExportException(message, inner);

/// <summary>Makes TLS options of the certificate files in <see cref="OtlpSettings"/>.</summary>
internal static class OtlpCredentials
{
    /// <exception cref="OtlpSettingsException">A file cannot be read or is not what it should be.</exception>
    public static SslClientAuthenticationOptions Load(OtlpSettings settings)
    {
        var options = new SslClientAuthenticationOptions();
        if (settings.CertificateFile is { } file)
        {
            // In place of the system's certificates; the name in the server's certificate is still checked.
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(LoadTrusted(file));
        }

        if (settings is { ClientCertificateFile: { } certificate, ClientKeyFile: { } key })
        {
            options.ClientCertificateContext = Try(
                () => LoadClient(certificate, key),
                $"The client certificate {certificate} with the key {key}");
        }

        return options;
    }

    private static X509Certificate2Collection LoadTrusted(string file) => Try(
        () =>
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(file);
            return trusted.Count > 0 ? trusted : throw new CryptographicException("there is no certificate in it");
        },
        $"The certificate file {file}");

    private static SslStreamCertificateContext LoadClient(string certificate, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, key), chain, offline: true);
    }

    private static T Try<T>(Func<T> load, string what)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OtlpSettingsException(
                $"{what} cannot be used: {e.Message.TrimEnd('.')}. It must be a readable file in PEM format.", e);
        }
    }
}
