using System.Text.RegularExpressions;
using Xunit;

namespace Sonde.Architecture.Tests;

/// <summary>What is added is registered: every protocol and every exporter has its line in the catalog.</summary>
public sealed partial class CatalogTests
{
    [Fact]
    public void Every_protocol_is_in_the_catalog()
    {
        string catalog = Repository.Read("src/Sonde.Tracing/Protocols/ProtocolCatalog.cs");
        string[] names = [.. Repository.Files("src/Sonde.Tracing/Protocols", ".cs").SelectMany(file => Protocol().Matches(Repository.Read(file))).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(names);
        Assert.DoesNotContain(names, name => !Regex.IsMatch(catalog, $@"\b{name}\b"));
    }

    [Fact]
    public void Every_parser_lives_in_the_folder_of_its_protocol() =>
        Assert.All(Repository.Files("src/Sonde.Tracing/Protocols", "Parser.cs").Where(file => !file.EndsWith("/ConversationParser.cs", StringComparison.Ordinal)), file =>
            Assert.NotEmpty(Directory.GetFiles(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!), "*Protocol.cs")));

    [Fact]
    public void Every_exporter_is_in_the_catalog_and_has_a_folder_of_its_own()
    {
        string catalog = Repository.Read("src/Sonde.Telemetry/Export/ExporterCatalog.cs");
        (string File, string Name)[] exporters =
            [.. Repository.Files("src/Sonde.Telemetry", ".cs").SelectMany(file => Exporter().Matches(Repository.Read(file)).Select(match => (file, match.Groups[1].Value)))];
        Assert.NotEmpty(exporters);
        Assert.All(exporters, exporter =>
        {
            Assert.True(Regex.IsMatch(catalog, $@"\bnew {exporter.Name}\("), $"{exporter.Name} has no line in the catalog");
            Assert.Equal($"{Path.GetFileName(Path.GetDirectoryName(exporter.File))}Exporter", exporter.Name);
        });
    }

    [GeneratedRegex(@"class (\w+)[^{;]*:[^{;]*\b(IExporter|ISpanExporterFactory|IMetricReaderFactory)\b")]
    private static partial Regex Exporter();

    [GeneratedRegex(@"class (\w+)[^{;]*:[^{;]*\bIProtocol\b")]
    private static partial Regex Protocol();
}
