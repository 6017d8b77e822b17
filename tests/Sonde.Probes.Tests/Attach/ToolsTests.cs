using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Attach;

/// <summary>bpftrace's own tools, bound to what this kernel has.</summary>
public sealed class ToolsTests
{
    private const string Folder = "/usr/sbin";

    public static TheoryData<string> Tools => [.. Directory.EnumerateFiles(Folder, "*.bt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Tools))]
    public void Every_tool_finds_its_attach_points_and_types_here(string tool)
    {
        using MachineAttachPoints points = new();
        string text = File.ReadAllText(Path.Combine(Folder, tool));
        ProbeProgram program = new ProbeSource(text, tool).Bind(points);
        Assert.All(program.Probes, probe => Assert.NotEmpty(probe.Targets));
    }
}
