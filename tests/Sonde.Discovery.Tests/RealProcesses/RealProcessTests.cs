using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Sonde.Discovery.Tests.RealProcesses;

/// <summary>The catalog against the real <c>/proc</c> of real programs, each started here and waiting on its standard input.</summary>
[SupportedOSPlatform("linux")]
public sealed class RealProcessTests : IDisposable
{
    private const string PythonWait = "import sys; sys.stdin.read()\n";
    private const string NodeWait = "process.stdin.resume();\n";

    private readonly string _folder = Directory.CreateDirectory(Path.Combine(Directory.CreateTempSubdirectory("sonde-real-").FullName, "shop")).FullName;

    [Fact]
    public async Task A_python_script_is_named_by_its_file()
    {
        Write("orders.py", PythonWait);
        using var program = RunningProgram.Start(Python(), _folder, ["-u", "orders.py"]);
        var process = await program.FindAsync(found => found.Name == "orders");
        Assert.Equal(("orders", "cpython", "python"), (process.Name, process.Attribute("process.runtime.name"), process.Attribute("telemetry.sdk.language")));
        Assert.False(process.Instrumented);
    }

    [Fact]
    public async Task A_python_module_is_named_by_itself()
    {
        Write("acme/__init__.py", "");
        Write("acme/billing.py", PythonWait);
        using var program = RunningProgram.Start(Python(), _folder, ["-m", "acme.billing"]);
        Assert.Equal("acme.billing", (await program.FindAsync(found => found.Name == "acme.billing")).Name);
    }

    [Fact]
    public async Task An_executable_script_is_named_by_its_file()
    {
        Write("tool.py", $"#!{Python()}\n{PythonWait}");
        File.SetUnixFileMode(Path.Combine(_folder, "tool.py"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var program = RunningProgram.Start(Path.Combine(_folder, "tool.py"), _folder, []);
        Assert.Equal("tool", (await program.FindAsync(found => found.Name == "tool")).Name);
    }

    [Fact]
    public async Task What_the_environment_says_wins()
    {
        Write("orders.py", PythonWait);
        using var program = RunningProgram.Start(
            Python(), _folder, ["orders.py"], ("OTEL_SERVICE_NAME", "checkout"), ("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=shop,deployment.environment.name=pre%20prod"));
        var process = await program.FindAsync(found => found.Name == "checkout");
        Assert.Equal(("checkout", "shop", "pre prod"), (process.Name, process.Attribute("service.namespace"), process.Attribute("deployment.environment.name")));
    }

    [Fact]
    public async Task A_node_program_is_named_by_its_package()
    {
        Write("package.json", """{"name":"storefront","version":"2.1.0"}""");
        Write("src/server.js", NodeWait);
        using var program = RunningProgram.Start(RunningProgram.Require("node"), _folder, ["src/server.js"]);
        var process = await program.FindAsync(found => found.Name == "storefront");
        Assert.Equal(("storefront", "2.1.0", "nodejs"), (process.Name, process.Attribute("service.version"), process.Attribute("process.runtime.name")));
    }

    [Fact]
    public async Task A_node_program_without_package_is_named_by_its_folder()
    {
        Write("src/index.js", NodeWait);
        using var program = RunningProgram.Start(RunningProgram.Require("node"), _folder, ["src/index.js"]);
        Assert.Equal("shop", (await program.FindAsync(found => found.Name == "shop")).Name);
    }

    [Fact]
    public async Task A_shell_script_is_named_by_its_file()
    {
        Write("backup.sh", "read -r line\n");
        using var program = RunningProgram.Start("/bin/bash", _folder, ["-eu", "backup.sh"]);
        Assert.Equal("backup", (await program.FindAsync(found => found.Name == "backup")).Name);
    }

    [Fact]
    public async Task A_java_program_is_named_by_its_jar_or_its_class()
    {
        var java = RunningProgram.Require("java");
        Write("com/acme/Billing.java", "package com.acme; public class Billing { public static void main(String[] a) throws Exception { System.in.read(); } }");
        Write("manifest.txt", "Main-Class: com.acme.Billing\n");
        await RunningProgram.RunAsync(RunningProgram.Require("javac"), _folder, ["com/acme/Billing.java"]);
        await RunningProgram.RunAsync(RunningProgram.Require("jar"), _folder, ["cfm", "billing-api-1.4.2.jar", "manifest.txt", "com/acme/Billing.class"]);
        using (var fromJar = RunningProgram.Start(java, _folder, ["-Xmx32m", "-jar", "billing-api-1.4.2.jar"]))
        {
            var process = await fromJar.FindAsync(found => found.Name == "billing-api");
            Assert.Equal(("billing-api", "1.4.2", "java"), (process.Name, process.Attribute("service.version"), process.Attribute("telemetry.sdk.language")));
        }

        using var fromClass = RunningProgram.Start(java, _folder, ["-Xmx32m", "-cp", ".", "com.acme.Billing"]);
        Assert.Equal("Billing", (await fromClass.FindAsync(found => found.Name == "Billing")).Name);
    }

    [Fact]
    public async Task A_go_program_is_named_by_its_executable_or_its_package()
    {
        var go = RunningProgram.Require("go");
        Write("go.mod", "module example.com/shop\n");
        Write("cmd/inventory/main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Stdin.Read(make([]byte, 1)) }\n");
        (string, string)[] offline = [("GOFLAGS", "-mod=mod -buildvcs=false"), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local"), ("CGO_ENABLED", "0")];
        await RunningProgram.RunAsync(go, _folder, ["build", "-o", "stock", "./cmd/inventory"], offline);
        File.Copy(Path.Combine(_folder, "stock"), Path.Combine(_folder, "main"));
        using var named = RunningProgram.Start(Path.Combine(_folder, "stock"), _folder, []);
        var process = await named.FindAsync(found => found.Name == "stock");
        Assert.Equal(("stock", "go", "go"), (process.Name, process.Attribute("process.runtime.name"), process.Attribute("telemetry.sdk.language")));
        using var commonplace = RunningProgram.Start(Path.Combine(_folder, "main"), _folder, []);
        Assert.Equal("inventory", (await commonplace.FindAsync(found => found.Name == "inventory")).Name);
    }

    [Fact]
    public async Task A_dotnet_program_is_named_by_its_assembly_and_shows_the_sdk_it_has_loaded()
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        var compiler = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(host)!, "sdk"), "csc.dll", SearchOption.AllDirectories).FirstOrDefault();
        Assert.SkipWhen(compiler is null, "the .NET SDK is not installed");
        var references = new[] { "System.Private.CoreLib", "System.Runtime", "System.Console" }
            .Select(name => $"-r:{Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), name)}.dll").ToArray();
        // Stands for the SDK: what counts is that the runtime maps the assembly's file, and only once it is used.
        Write("Sdk.cs", "public static class Sdk { public static void Use() { } }");
        Write("Orders.cs", "System.Console.In.ReadLine(); Late(); System.Console.In.ReadLine(); static void Late() => Sdk.Use();");
        Write("Orders.runtimeconfig.json", $$"""{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"{{Environment.Version}}"} } }""");
        await RunningProgram.RunAsync(host, _folder, ["exec", compiler, "-nologo", "-t:library", "-out:OpenTelemetry.dll", .. references, "Sdk.cs"]);
        await RunningProgram.RunAsync(host, _folder, ["exec", compiler, "-nologo", "-out:Orders.dll", .. references, "-r:OpenTelemetry.dll", "Orders.cs"]);
        using var program = RunningProgram.Start(host, _folder, ["Orders.dll"]);
        var process = await program.FindAsync(found => found.Name == "Orders");
        Assert.Equal(("Orders", ".NET", "dotnet"), (process.Name, process.Attribute("process.runtime.name"), process.Attribute("telemetry.sdk.language")));
        Assert.False(process.Instrumented);
        program.WriteLine();
        Assert.True((await program.FindAsync(found => found.Instrumented)).Instrumented);
    }

    [Fact]
    public async Task Nginx_and_its_workers_are_nginx()
    {
        var nginx = RunningProgram.Require("nginx");
        Write("nginx.conf", $$"""
            daemon off; master_process on; worker_processes 1; pid {{_folder}}/nginx.pid; error_log stderr;
            events { worker_connections 16; }
            http { access_log off; client_body_temp_path {{_folder}}/b; proxy_temp_path {{_folder}}/p; fastcgi_temp_path {{_folder}}/f;
                   uwsgi_temp_path {{_folder}}/u; scgi_temp_path {{_folder}}/s; server { listen 127.0.0.1:{{FreePort()}}; } }
            """);
        using var program = RunningProgram.Start(nginx, _folder, ["-e", "stderr", "-p", _folder, "-c", Path.Combine(_folder, "nginx.conf")]);
        Assert.Equal("nginx", (await program.FindAsync(found => found.Name == "nginx")).Name);
        var worker = await program.FindChildAsync(found => found.Name == "nginx");
        Assert.NotEqual(0u, worker);
    }

    [Fact]
    public async Task Curl_that_is_gone_is_still_curl()
    {
        var curl = RunningProgram.Require("curl");
        var catalog = new ProcessCatalog(new DiscoverySettings());
        using var process = Process.Start(new ProcessStartInfo(curl, ["--version"]) { RedirectStandardOutput = true })!;
        catalog.Started((uint)process.Id, System.Text.Encoding.UTF8.GetBytes(curl), "curl\0--version\0"u8);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        catalog.Ended((uint)process.Id);
        Assert.Equal("curl", catalog.Find((uint)process.Id).Name);
    }

    [Fact]
    public void The_kernels_own_threads_have_its_names_for_them()
    {
        Assert.SkipUnless(File.Exists("/proc/2/comm") && File.ReadAllText("/proc/2/comm") == "kthreadd\n", "kernel threads are not visible here");
        var process = new ProcessCatalog(new DiscoverySettings()).Find(2);
        Assert.Equal("kthreadd", process.Name);
        Assert.Null(process.Attribute("process.executable.path"));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    private static string Python() => RunningProgram.Require("python3");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
