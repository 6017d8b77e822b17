using System.Diagnostics;
using System.Text;
using Xunit;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>
/// A virtual machine with another kernel, where the tool for it (<c>shared/vm/vm-run</c>, beside the repository) and that kernel are
/// there. Emulated: what it does counts, not how long it takes.
/// </summary>
internal static class Guest
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    private static readonly string Tool = Path.Combine(Repository.Root, "..", "shared", "vm", "vm-run");

    private static readonly Lazy<Task<string[]>> Kernels = new(async () => (await ExecuteAsync("--list")).Output.Split('\n'));

    /// <summary>Runs a command in a folder that holds the agent and the given files; skips the test where it cannot.</summary>
    /// <returns>The exit status and all that was written.</returns>
    public static async Task<(int Status, string Output)> RunAsync(string kernel, string command, params string[] files)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SONDE_TEST_GUESTS") is { Length: > 0 }, "Other kernels are tried with SONDE_TEST_GUESTS=1: minutes, emulated.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists(Tool), $"{Tool} runs other kernels, as root.");
        Assert.SkipUnless((await Kernels.Value).Contains(kernel), $"Kernel {kernel} is not built: shared/vm/vm-image {kernel}");
        using TemporaryFolder folder = new();
        foreach (string file in files.Append(Repository.Agent))
        {
            string copy = Path.Combine(folder.Path, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return await ExecuteAsync("--share", folder.Path, "--timeout", "500", kernel, command);
    }

    private static async Task<(int Status, string Output)> ExecuteAsync(params string[] arguments)
    {
        var output = new StringBuilder();
        void Keep(string line)
        {
            lock (output)
            {
                output.Append(line).Append('\n');
            }
        }

        await using ChildProcess run = ChildProcess.Start("bash", [Tool, .. arguments], null, child =>
        {
            child.Output += Keep;
            child.Error += Keep;
        });
        var patience = Stopwatch.StartNew();
        await run.WaitForExitAsync(Patience);
        Assert.True(run.HasExited, $"{string.Join(' ', arguments)} did not end within {patience.Elapsed}.");
        lock (output)
        {
            return (run.ExitCode, output.ToString());
        }
    }
}
