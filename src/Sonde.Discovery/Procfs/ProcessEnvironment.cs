using System.Text;
using Sonde.Discovery.Instrumentation;

namespace Sonde.Discovery.Procfs;

/// <summary>
/// What a process says of itself in its environment. Only the variables named here are looked at; of those that show an
/// instrumentation nothing but that fact is kept; the buffer that the environment passed through is overwritten.
/// </summary>
/// <param name="ServiceName"><c>OTEL_SERVICE_NAME</c>.</param>
/// <param name="ResourceAttributes"><c>OTEL_RESOURCE_ATTRIBUTES</c>, as it stands.</param>
/// <param name="LoadsOpenTelemetry">A variable makes the runtime load an OpenTelemetry agent.</param>
/// <param name="SdkDisabled"><c>OTEL_SDK_DISABLED=true</c>: whatever is loaded makes no spans.</param>
internal readonly record struct ProcessEnvironment(string? ServiceName, string? ResourceAttributes, bool LoadsOpenTelemetry, bool SdkDisabled)
{
    // The kernel allows an environment of megabytes; what counts is set by people and orchestrators.
    private const long MaxBytes = 1024 * 1024;

    public static ProcessEnvironment Read(ProcessFilesystem proc, uint pid)
    {
        using var file = proc.Open(pid, "environ");
        var found = default(ProcessEnvironment);
        if (file is null)
        {
            return found;
        }

        var variables = proc.Records(file, separator: 0, MaxBytes);
        while (variables.MoveNext())
        {
            var equals = variables.Current.IndexOf((byte)'=');
            if (equals > 0)
            {
                found = found.With(variables.Current[..equals], variables.Current[(equals + 1)..]);
            }
        }

        proc.Wipe();
        return found;
    }

    private ProcessEnvironment With(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // An empty value means unset (OpenTelemetry specification, environment variables).
        if (value.IsEmpty)
        {
            return this;
        }

        if (name.SequenceEqual("OTEL_SERVICE_NAME"u8))
        {
            return this with { ServiceName = Encoding.UTF8.GetString(value) };
        }

        if (name.SequenceEqual("OTEL_RESOURCE_ATTRIBUTES"u8))
        {
            return this with { ResourceAttributes = Encoding.UTF8.GetString(value) };
        }

        if (name.SequenceEqual("OTEL_SDK_DISABLED"u8))
        {
            return this with { SdkDisabled = Ascii.EqualsIgnoreCase(value, "true"u8) };
        }

        return OpenTelemetrySigns.InVariable(name, value) ? this with { LoadsOpenTelemetry = true } : this;
    }
}
