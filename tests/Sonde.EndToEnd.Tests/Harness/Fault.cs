using Xunit;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>Something that goes wrong on purpose (<c>tests/faults</c>), in namespaces of its own, and says what the kernel or it itself counted.</summary>
internal static class Fault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs it to its end.</summary>
    /// <returns>The numbers that it prints.</returns>
    public static async Task<long[]> MakeAsync(string program, string script, params string[] arguments)
    {
        var output = new List<string>();
        await using ChildProcess fault = ChildProcess.Start(
            "unshare", ["--net", "--mount", program, Path.Combine(Repository.Root, "tests", "faults", script), .. arguments], listen: child => child.Output += output.Add);
        await fault.WaitForExitAsync(Patience);
        Assert.True(fault.ExitCode == 0, fault.Errors);
        return [.. output.Single().Split(' ').Select(long.Parse)];
    }
}
