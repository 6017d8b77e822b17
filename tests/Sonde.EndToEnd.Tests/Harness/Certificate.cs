using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A certificate that the servers of a run of tests share, signed by itself, made by openssl.</summary>
internal static class Certificate
{
    private static readonly Lazy<TemporaryFolder> _folder = new(Make);

    public static string File => Path.Combine(_folder.Value.Path, "certificate.pem");

    public static string Key => Path.Combine(_folder.Value.Path, "key.pem");

    /// <summary>By which the servers of <c>tests/servers/</c> know that they are to encrypt, and with what.</summary>
    public static Dictionary<string, string> Environment => new() { ["TLS_CERTIFICATE"] = File, ["TLS_KEY"] = Key };

    /// <summary>Whether a server has shown this one.</summary>
    public static bool IsIt(X509Certificate? shown)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(System.IO.File.ReadAllText(File));
        return certificate.Equals(shown);
    }

    private static TemporaryFolder Make()
    {
        TemporaryFolder folder = new();
        string[] arguments =
        [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", Path.Combine(folder.Path, "key.pem"), "-out", Path.Combine(folder.Path, "certificate.pem"),
        ];
        using Process openssl = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardError = true })!;
        string errors = openssl.StandardError.ReadToEnd();
        openssl.WaitForExit();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return openssl.ExitCode == 0 ? folder : throw new InvalidOperationException(errors);
    }
}
