using Sonde.Probes.Syntax;

namespace Sonde.Probes.Tests.Syntax;

public sealed class ToolsTests
{
    /// <summary>Where Debian's <c>bpftrace</c> has its tools.</summary>
    public static TheoryData<string> Tools => [.. Directory.EnumerateFiles("/usr/sbin", "*.bt").Order(StringComparer.Ordinal)];

    [Fact]
    public void The_package_has_38_tools() => Assert.Equal(38, Tools.Count);

    [Theory]
    [MemberData(nameof(Tools))]
    public void Every_tool_is_parsed(string path)
    {
        ProgramSyntax program = new ProbeSource(File.ReadAllText(path), path).Syntax;
        Assert.NotEmpty(program.Clauses);
        Assert.All(program.Clauses, clause => Assert.NotEmpty(clause.AttachPoints));
    }
}
