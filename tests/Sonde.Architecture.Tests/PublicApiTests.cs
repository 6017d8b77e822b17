using System.Diagnostics;
using Xunit;

namespace Sonde.Architecture.Tests;

/// <summary>
/// The public surface of the libraries that are packages, as a text file beside each. What changes it shows in the difference; with
/// <c>SONDE_UPDATE_SNAPSHOTS=1</c> the files are written anew.
/// </summary>
public sealed class PublicApiTests
{
    public static TheoryData<string> Packages => ["Sonde.Bpf", "Sonde.Probes", "Sonde.Telemetry"];

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_surface_is_as_written_down(string package)
    {
        string[] surface = [.. PublicApi.Of(package)];
        string file = Path.Combine(Repository.Root, "src", package, "PublicApi.txt");
        if (Environment.GetEnvironmentVariable("SONDE_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllLines(file, surface);
        }

        string[] written = File.Exists(file) ? File.ReadAllLines(file) : [];
        Assert.NotEmpty(surface);
        string[] differences = [.. written.Except(surface).Select(line => $"- {line}"), .. surface.Except(written).Select(line => $"+ {line}")];
        Assert.True(
            differences.Length == 0,
            $"The public surface of {package} has changed. If that is meant, write src/{package}/PublicApi.txt anew with SONDE_UPDATE_SNAPSHOTS=1:\n{string.Join('\n', differences)}");
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_holds_its_documentation_and_says_what_it_is(string package)
    {
        string output = Path.Combine(Repository.Root, "artifacts", "packages-under-test");
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        ProcessStartInfo start = new("dotnet", ["pack", $"src/{package}", "--no-build", "-c", configuration, "-o", output, "-v", "q", "-nologo", "-m:1", "-nodeReuse:false"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        };
        using Process pack = Process.Start(start)!;
        string told = pack.StandardOutput.ReadToEnd();
        pack.WaitForExit();
        Assert.True(pack.ExitCode == 0, told);
        string path = Assert.Single(Directory.GetFiles(output, $"{package}.*.nupkg"), file => !file.Contains("symbols", StringComparison.Ordinal));
        using System.IO.Compression.ZipArchive archive = System.IO.Compression.ZipFile.OpenRead(path);
        string[] files = [.. archive.Entries.Select(entry => entry.FullName)];
        Assert.Contains($"lib/net10.0/{package}.dll", files);
        Assert.Contains($"lib/net10.0/{package}.xml", files);
        Assert.Contains("README.md", files);
        Assert.Equal(package == "Sonde.Bpf", files.Contains("buildTransitive/Sonde.Bpf.targets"));
        using StreamReader specification = new(archive.GetEntry($"{package}.nuspec")!.Open());
        string text = specification.ReadToEnd();
        Assert.Contains("<license type=\"expression\">Apache-2.0</license>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Package Description", text, StringComparison.Ordinal);
    }
}
