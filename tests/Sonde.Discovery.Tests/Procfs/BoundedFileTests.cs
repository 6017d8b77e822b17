using System.Diagnostics;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Tests.Procfs;

public sealed class BoundedFileTests
{
    [Fact]
    public async Task A_fifo_in_an_applications_tree_is_not_waited_for()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-fifo-");
        try
        {
            var fifo = Path.Combine(folder.FullName, "package.json");
            using (var mkfifo = Process.Start("mkfifo", [fifo]))
            {
                await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            var opening = Task.Run(() => BoundedFile.OpenRegular(fifo), TestContext.Current.CancellationToken);
            Assert.Null(await opening.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_link_out_of_an_applications_tree_is_not_followed()
    {
        var folder = Directory.CreateTempSubdirectory("sonde-link-");
        try
        {
            var link = Path.Combine(folder.FullName, "package.json");
            File.CreateSymbolicLink(link, "/etc/passwd");
            Assert.Null(BoundedFile.OpenRegular(link));
            Assert.Null(BoundedFile.OpenRegular(folder.FullName));
            Assert.Null(BoundedFile.OpenRegular(Path.Combine(folder.FullName, "missing")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
