using System.Text;

namespace Sonde.Discovery.Instrumentation;

/// <summary>What shows that a process runs an OpenTelemetry SDK or agent, short of seeing it export.</summary>
/// <remarks>
/// A <c>traceparent</c> is no such sign, nor is the API without the SDK: both come with frameworks that make no spans. A library that is
/// only linked (Go, NativeAOT, Rust) can't be told from one in use; those processes count once they are seen exporting.
/// </remarks>
internal static class OpenTelemetrySigns
{
    // The CLSID of the .NET automatic instrumentation's profiler (opentelemetry-dotnet-instrumentation, docs/README.md).
    private static ReadOnlySpan<byte> DotNetProfiler => "{918728DD-259F-4A6A-AC2B-B85E1B658318}"u8;

    /// <summary>A variable that makes a runtime load an agent.</summary>
    public static bool InVariable(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("CORECLR_PROFILER"u8))
        {
            return Ascii.EqualsIgnoreCase(value, DotNetProfiler);
        }

        if (name.SequenceEqual("CORECLR_PROFILER_PATH"u8) || name.SequenceEqual("DOTNET_STARTUP_HOOKS"u8))
        {
            return value.IndexOf("OpenTelemetry.AutoInstrumentation"u8) >= 0;
        }

        if (name.SequenceEqual("JAVA_TOOL_OPTIONS"u8) || name.SequenceEqual("JDK_JAVA_OPTIONS"u8) || name.SequenceEqual("_JAVA_OPTIONS"u8))
        {
            var agent = value.IndexOf("-javaagent:"u8);
            return agent >= 0 && value[agent..].IndexOf("opentelemetry"u8) >= 0;
        }

        if (name.SequenceEqual("NODE_OPTIONS"u8))
        {
            return value.IndexOf("@opentelemetry/"u8) >= 0;
        }

        // opentelemetry-instrument puts its sitecustomize first and replaces itself by the application.
        return name.SequenceEqual("PYTHONPATH"u8) && value.IndexOf("opentelemetry/instrumentation/auto_instrumentation"u8) >= 0;
    }

    /// <summary>An argument that loads an agent.</summary>
    public static bool InArguments(IReadOnlyList<string> arguments)
    {
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if ((argument.StartsWith("-javaagent:", StringComparison.Ordinal) && argument.Contains("opentelemetry", StringComparison.Ordinal))
                || argument.EndsWith("opentelemetry-instrument", StringComparison.Ordinal)
                || (argument.Contains("@opentelemetry/", StringComparison.Ordinal) && Preloads(arguments, index)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A mapped file that belongs to an SDK or an agent.</summary>
    /// <param name="file">The file's name without its folder.</param>
    public static bool InMappedFile(ReadOnlySpan<byte> file) =>
        (file.StartsWith("OpenTelemetry."u8) && file.EndsWith(".dll"u8) && !file.StartsWith("OpenTelemetry.Api."u8))
        || (file.StartsWith("opentelemetry-javaagent"u8) && file.EndsWith(".jar"u8))
        || file.SequenceEqual("opentelemetry.so"u8) // PHP's extension
        || file.StartsWith("libopentelemetry_trace.so"u8)
        || file.SequenceEqual("ngx_otel_module.so"u8)
        || file.SequenceEqual("otel_ngx_module.so"u8)
        || file.SequenceEqual("mod_otel.so"u8);

    // node -r X, --require X, --import X, --require=X
    private static bool Preloads(IReadOnlyList<string> arguments, int index) =>
        arguments[index].StartsWith("--require=", StringComparison.Ordinal)
        || arguments[index].StartsWith("--import=", StringComparison.Ordinal)
        || (index > 0 && arguments[index - 1] is "-r" or "--require" or "--import");
}
