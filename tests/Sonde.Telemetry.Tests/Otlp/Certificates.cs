using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sonde.Telemetry.Tests.Otlp;

/// <summary>An authority with a server's and a client's certificate, in memory and as PEM files in a folder of their own.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sonde-tls-");

    public Certificates()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Sonde test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Server = Issue(authority, "CN=127.0.0.1", 1);
        Client = Issue(authority, "CN=sonde", 2);
        AuthorityFile = Write("ca.pem", authority.ExportCertificatePem());
        ClientFile = Write("client.pem", Client.ExportCertificatePem());
        ClientKeyFile = Write("client.key", Client.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        OtherFile = Write("other.pem", Client.ExportCertificatePem());
    }

    public X509Certificate2 Server { get; }

    public X509Certificate2 Client { get; }

    public string AuthorityFile { get; }

    public string ClientFile { get; }

    public string ClientKeyFile { get; }

    /// <summary>A certificate that has signed nothing.</summary>
    public string OtherFile { get; }

    public string Write(string name, string content)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
        _folder.Delete(recursive: true);
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, byte serial)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(
            authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12), [serial]);
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}
