using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

/// <summary>The tools of Debian's <c>bpftrace</c>, unmodified, on the kernel that this runs on.</summary>
public sealed class ToolsTests
{
    public static TheoryData<string> Tools => Syntax.ToolsTests.Tools;

    [Theory]
    [MemberData(nameof(Tools))]
    public void Every_tool_means_something_here(string path)
    {
        using MachineAttachPoints points = new();
        ProbeSource source = new(File.ReadAllText(path), path);
        if (Path.GetFileName(path) == "loads.bt" && !points.TryFindSymbol("avenrun", out _))
        {
            // bpftrace refuses it here as well.
            Assert.StartsWith("The kernel tells no address of 'avenrun'", Assert.Throws<ProbeException>(() => source.Bind(points)).Message, StringComparison.Ordinal);
            return;
        }

        ProbeProgram program = source.Bind(points);
        Assert.Equal(source.Syntax.Clauses.Count, program.Probes.Select(probe => probe.Span).Distinct().Count());
        Assert.All(program.Probes, probe => Assert.NotEmpty(probe.Targets));
    }
}
