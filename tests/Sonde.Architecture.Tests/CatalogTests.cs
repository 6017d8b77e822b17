using System.Text.RegularExpressions;
using Xunit;

namespace Sonde.Architecture.Tests;

/// <summary>What is added is registered: every protocol and every exporter has its line in the catalog.</summary>
public sealed partial class CatalogTests
{
    [Fact]
    public void Every_protocol_is_in_the_catalog() =>
        AssertListed("src/Sonde.Tracing/Protocols", Protocol(), "src/Sonde.Tracing/Protocols/ProtocolCatalog.cs");

    [Fact]
    public void Every_span_exporter_is_in_the_catalog() =>
        AssertListed("src/Sonde.Telemetry", Exporter(), "src/Sonde.Telemetry/Export/ExporterCatalog.cs");

    [Fact]
    public void Every_parser_lives_in_the_folder_of_its_protocol() =>
        Assert.All(Repository.Files("src/Sonde.Tracing/Protocols", "Parser.cs").Where(file => !file.EndsWith("/ConversationParser.cs", StringComparison.Ordinal)), file =>
            Assert.NotEmpty(Directory.GetFiles(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!), "*Protocol.cs")));

    private static void AssertListed(string folder, Regex declaration, string catalog)
    {
        string listed = Repository.Read(catalog);
        string[] names = [.. Repository.Files(folder, ".cs").SelectMany(file => declaration.Matches(Repository.Read(file))).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(names);
        Assert.DoesNotContain(names, name => !Regex.IsMatch(listed, $@"\b{name}\b"));
    }

    [GeneratedRegex(@"class (\w+)[^{;]*:[^{;]*\bIProtocol\b")]
    private static partial Regex Protocol();

    [GeneratedRegex(@"class (\w+)[^{;]*:[^{;]*\bISpanExporter\b")]
    private static partial Regex Exporter();
}
