using System.Diagnostics;
using Xunit;

namespace Sonde.Telemetry.Tests.Otlp;

internal static class Until
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Waits until the condition holds; fails when it does not within 20 seconds.</summary>
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < s_limit, $"not within {s_limit.TotalSeconds} s: {what}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
