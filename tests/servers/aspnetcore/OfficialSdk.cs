using OpenTelemetry.Trace;

/// <summary>The official OpenTelemetry SDK. Apart from the program, so that its assemblies are loaded only where it is used.</summary>
internal static class OfficialSdk
{
    /// <summary>Instruments both sides, and samples nothing.</summary>
    public static void Use(IServiceCollection services) =>
        services.AddOpenTelemetry().WithTracing(tracing => tracing
            .SetSampler(new AlwaysOffSampler())
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation());
}
