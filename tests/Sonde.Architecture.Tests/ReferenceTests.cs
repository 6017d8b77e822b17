using System.Xml.Linq;
using Xunit;

namespace Sonde.Architecture.Tests;

/// <summary>Which project may use which project, and which packages: the table of the design, and its only copy in code.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["Sonde.Bpf"] = [],
        ["Sonde.Telemetry"] = [],
        ["Sonde.Probes"] = ["Sonde.Bpf", "Sonde.Telemetry"],
        ["Sonde.Tracing"] = ["Sonde.Bpf", "Sonde.Telemetry"],
        ["Sonde.Discovery"] = ["Sonde.Bpf", "Sonde.Telemetry"],
        ["Sonde.Agent"] = ["Sonde.Bpf", "Sonde.Telemetry", "Sonde.Probes", "Sonde.Tracing", "Sonde.Discovery"],
    };

    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Sonde.Bpf"] = [],
        ["Sonde.Telemetry"] = [],
        ["Sonde.Probes"] = ["YamlDotNet"],
        ["Sonde.Tracing"] = [],
        ["Sonde.Discovery"] = [],
        ["Sonde.Agent"] = ["System.CommandLine", "YamlDotNet"],
    };

    public static TheoryData<string> Projects => [.. Repository.Files("src", ".csproj")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_the_projects_it_may(string project) =>
        AssertAllowed(AllowedProjects, project, Includes(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension)!);

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_the_packages_it_may(string project) =>
        AssertAllowed(AllowedPackages, project, Includes(project, "PackageReference"));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = Repository.Read("Sonde.slnx");
        string[] projects = [.. Repository.Files("src", ".csproj"), .. Repository.Files("tests", ".csproj"), .. Repository.Files("tools", ".csproj")];
        Assert.NotEmpty(projects);
        Assert.DoesNotContain(projects, project => !project.StartsWith("tests/servers/", StringComparison.Ordinal)
            && !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
    }

    private static void AssertAllowed(Dictionary<string, string[]> table, string project, IEnumerable<string> used)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        Assert.True(table.TryGetValue(name, out string[]? allowed), $"{name} is not in the table of {nameof(ReferenceTests)}");
        Assert.Empty(used.Except(allowed!));
    }

    private static IEnumerable<string> Includes(string project, string element) =>
        XDocument.Parse(Repository.Read(project)).Descendants(element).Select(item => item.Attribute("Include")!.Value);
}
