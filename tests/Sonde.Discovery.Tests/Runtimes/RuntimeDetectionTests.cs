using System.Text;
using CsCheck;
using Sonde.Bpf.Elf;
using Sonde.Discovery.Procfs;
using Sonde.Discovery.Runtimes;

namespace Sonde.Discovery.Tests.Runtimes;

public sealed class RuntimeDetectionTests
{
    [Theory]
    [InlineData("/usr/lib/dotnet/dotnet", null, ".NET", "dotnet")]
    [InlineData("/opt/shop/Orders", "/usr/lib/dotnet/shared/Microsoft.NETCore.App/10.0.0/libcoreclr.so", ".NET", "dotnet")]
    [InlineData("/usr/lib/jvm/17/bin/java", null, "OpenJDK Runtime Environment", "java")]
    [InlineData("/usr/bin/jsvc", "/usr/lib/jvm/17/lib/server/libjvm.so", "OpenJDK Runtime Environment", "java")]
    [InlineData("/usr/bin/node", null, "nodejs", "nodejs")]
    [InlineData("/usr/bin/python3.11", null, "cpython", "python")]
    [InlineData("/usr/bin/uwsgi", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", "cpython", "python")]
    [InlineData("/usr/bin/pypy3", null, "pypy", "python")]
    [InlineData("/usr/bin/ruby3.1", null, "ruby", "ruby")]
    [InlineData("/usr/sbin/apache2", "/usr/lib/apache2/modules/libphp8.2.so", "php", "php")]
    [InlineData("/usr/sbin/php-fpm8.2", null, "php", "php")]
    [InlineData("/usr/lib/erlang/bin/beam.smp", null, "BEAM", "erlang")]
    [InlineData("/usr/sbin/nginx", "/usr/lib/x86_64-linux-gnu/libc.so.6", null, null)]
    public void The_program_or_what_it_maps_tells_the_runtime(string executable, string? mapped, string? name, string? language)
    {
        using var proc = new FakeProc();
        proc.Add(7, executable, maps: mapped is null ? [] : [executable, "/usr/lib/ld.so", mapped]);
        var process = proc.Catalog().Find(7);
        Assert.Equal((name, language), (process.Attribute("process.runtime.name") as string, process.Attribute("telemetry.sdk.language") as string));
    }

    [Theory]
    [InlineData("__managedcode", "", ".NET", "dotnet")]
    [InlineData(".dynstr", "\0libc.so.6\0DotNetRuntimeInfo\0", ".NET", "dotnet")]
    [InlineData(".note.go.buildid", "", "go", "go")]
    [InlineData(".comment", "GCC: (Debian 12.2.0) 12.2.0\0rustc version 1.80.0 (051478957 2024-07-21)\0", "rustc", "rust")]
    [InlineData(".dynstr", "\0libstdc++.so.6\0", null, "cpp")]
    [InlineData(".dynstr", "\0libc.so.6\0", null, null)]
    public void The_sections_of_an_executable_tell_the_runtime(string section, string content, string? name, string? language)
    {
        using var proc = new FakeProc();
        var executable = Path.Combine(proc.Root, "executable");
        File.WriteAllBytes(executable, ElfImage.With((".text", [1, 2, 3]), (section, Encoding.UTF8.GetBytes(content)), (".data", [0])));
        proc.Add(7, executable);
        var process = proc.Catalog().Find(7);
        Assert.Equal((name, language), (process.Attribute("process.runtime.name") as string, process.Attribute("telemetry.sdk.language") as string));
    }

    [Theory]
    [InlineData("server", "example.com/shop/cmd/orders", "(devel)", "orders", null)]
    [InlineData("main", "example.com/orders/v2", "v2.3.4", "orders", "v2.3.4")]
    [InlineData("__debug_bin123", "example.com/shop/orders", "v0.1.0", "orders", "v0.1.0")]
    [InlineData("gateway", "example.com/shop/cmd/orders", "v0.1.0", "gateway", "v0.1.0")]
    [InlineData("main", "command-line-arguments", "", "main", null)]
    public void A_go_program_is_named_by_its_package_when_its_file_says_nothing(string file, string package, string version, string name, string? expectedVersion)
    {
        using var proc = new FakeProc();
        var executable = Path.Combine(proc.Root, file);
        var module = $"path\t{package}\nmod\texample.com/shop\t{version}\t\ndep\texample.com/other\tv9.9.9\th1:x\n";
        File.WriteAllBytes(executable, ElfImage.With((".go.buildinfo", BuildInfo("go1.22.1", module))));
        proc.Add(7, executable);
        var process = proc.Catalog().Find(7);
        Assert.Equal((name, expectedVersion, "go"), (process.Name, process.Attribute("service.version") as string, process.Attribute("process.runtime.name")));
    }

    [Fact]
    public void A_damaged_executable_is_no_error()
    {
        var whole = ElfImage.With((".go.buildinfo", BuildInfo("go1.22.1", "path\tx\n")), (".comment", [1]), (".dynstr", [2]));
        var path = Path.GetTempFileName();
        try
        {
            Gen.Select(Gen.Int[0, whole.Length], Gen.Int[0, whole.Length - 1], Gen.Byte).Sample(
                (length, index, value) =>
                {
                    var bytes = whole.ToArray();
                    bytes[index] = value;
                    File.WriteAllBytes(path, bytes[..length]);
                    using var file = BoundedFile.Open(path)!;
                    RuntimeDetection.FromExecutable(new ElfFile(file), out _);
                },
                iter: 500,
                threads: 1);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] BuildInfo(string version, string module)
    {
        var header = new byte[32];
        byte[] magic = [0xFF, .. " Go buildinf:"u8, 8, 2];
        magic.CopyTo(header, 0);
        var text = Encoding.UTF8.GetBytes($"{new string('<', 16)}{module}{new string('>', 16)}");
        return [.. header, (byte)version.Length, .. Encoding.UTF8.GetBytes(version), (byte)(text.Length | 0x80), (byte)(text.Length >> 7), .. text];
    }
}
