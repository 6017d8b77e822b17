namespace Sonde.Discovery.Tests.Instrumentation;

public sealed class OpenTelemetrySignsTests
{
    [Theory]
    [InlineData(true, "JAVA_TOOL_OPTIONS=-Xmx1g -javaagent:/otel/opentelemetry-javaagent.jar", "java|-jar|a.jar", null)]
    [InlineData(true, "", "java|-javaagent:/otel/opentelemetry-javaagent.jar|-jar|a.jar", null)]
    [InlineData(false, "", "java|-javaagent:/opt/jolokia.jar|-jar|opentelemetry.jar", null)]
    [InlineData(true, "CORECLR_PROFILER={918728dd-259f-4a6a-ac2b-b85e1b658318}", "dotnet|a.dll", null)]
    [InlineData(true, "CORECLR_PROFILER_PATH=/otel/OpenTelemetry.AutoInstrumentation.Native.so", "dotnet|a.dll", null)]
    [InlineData(false, "CORECLR_PROFILER={846F5F1C-F9AE-4B07-969E-05C26BC060D8}", "dotnet|a.dll", null)]
    [InlineData(true, "DOTNET_STARTUP_HOOKS=/otel/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll", "dotnet|a.dll", null)]
    [InlineData(true, "", "dotnet|a.dll", "/srv/OpenTelemetry.dll")]
    [InlineData(true, "", "dotnet|a.dll", "/srv/OpenTelemetry.Exporter.OpenTelemetryProtocol.dll")]
    [InlineData(false, "", "dotnet|a.dll", "/srv/OpenTelemetry.Api.dll")]
    [InlineData(false, "", "dotnet|a.dll", "/srv/OpenTelemetry.Api.ProviderBuilderExtensions.dll")]
    [InlineData(true, "PYTHONPATH=/x/opentelemetry/instrumentation/auto_instrumentation:/y", "python3|a.py", null)]
    [InlineData(false, "PYTHONPATH=/srv/opentelemetry", "python3|a.py", null)]
    [InlineData(true, "", "python3|/usr/bin/opentelemetry-instrument|python|a.py", null)]
    [InlineData(true, "NODE_OPTIONS=--require @opentelemetry/auto-instrumentations-node/register", "node|a.js", null)]
    [InlineData(true, "", "node|--require|@opentelemetry/auto-instrumentations-node/register|a.js", null)]
    [InlineData(true, "", "node|--import=@opentelemetry/auto-instrumentations-node/register|a.js", null)]
    [InlineData(false, "", "node|/srv/node_modules/@opentelemetry/tool.js", null)]
    [InlineData(true, "", "php-fpm: pool www", "/usr/lib/php/20220829/opentelemetry.so")]
    [InlineData(true, "", "nginx: worker process", "/etc/nginx/modules/ngx_otel_module.so")]
    [InlineData(false, "OTEL_SDK_DISABLED=TRUE", "java|-javaagent:/otel/opentelemetry-javaagent.jar|-jar|a.jar", null)]
    [InlineData(false, "OTEL_SERVICE_NAME=x", "a", "/lib/libc.so.6")]
    public void An_agent_or_sdk_shows(bool instrumented, string variable, string arguments, string? mapped)
    {
        using var proc = new FakeProc();
        proc.Add(7, "/usr/bin/x", arguments.Split('|'), [variable], maps: mapped is null ? [] : [mapped]);
        Assert.Equal(instrumented, proc.Catalog().Find(7).Instrumented);
    }
}
