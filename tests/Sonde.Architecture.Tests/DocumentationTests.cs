using System.Text.RegularExpressions;
using Xunit;

namespace Sonde.Architecture.Tests;

/// <summary>Links between the documents lead somewhere.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Documents => [.. Repository.Files(".", ".md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        string text = CodeBlock().Replace(Repository.Read(document), "");
        Assert.All(Link().Matches(text).Select(match => match.Groups[1].Value).Where(target => !target.Contains(':', StringComparison.Ordinal)), target =>
        {
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, parts[0]);
            Assert.True(Repository.Exists(file), $"{document}: there is no {target}");
            Assert.True(parts.Length == 1 || Headings(file).Contains(parts[1]), $"{document}: there is no heading for {target}");
        });
    }

    [Fact]
    public void Examples_in_CSharp_are_compiled()
    {
        string[] sources = [.. Repository.Files("samples", ".cs").Append("tests/Sonde.Probes.Tests/Linq/DocumentedExamples.cs").Select(file => Lines(Repository.Read(file)))];
        string[] examples = [.. CSharpBlock().Matches(Repository.Read("docs/csharp.md")).Select(match => Lines(match.Groups[1].Value))];
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(sources, source => source.Contains(example, StringComparison.Ordinal)));

        static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
    }

    /// <summary>The anchors that GitHub gives the headings of a document.</summary>
    private static IEnumerable<string> Headings(string document) =>
        Heading().Matches(Repository.Read(document)).Select(match =>
            NotInAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
