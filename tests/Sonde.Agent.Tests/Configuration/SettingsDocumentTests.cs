using Sonde.Agent.Configuration;
using Xunit;

namespace Sonde.Agent.Tests.Configuration;

public class SettingsDocumentTests
{
    [Fact]
    public void The_document_is_up_to_date() => Assert.Equal(
        SettingsDocument.Write(),
        File.ReadAllText(Path.Combine(Root(), "docs", "settings.md")));

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sonde.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("no Sonde.slnx above the test");
    }
}
