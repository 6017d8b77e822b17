using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Sonde.Probes.Attach.Search;

namespace Sonde.Probes.Tests.Attach;

public sealed class SearchTests
{
    /// <summary>The same question as a regular expression.</summary>
    [Fact]
    public void Wildcards_match_as_regular_expressions_do() => Gen.Select(Gen.String[Gen.Char["ab*"], 0, 8], Gen.String[Gen.Char["ab"], 0, 12]).Sample((pattern, name) =>
    {
        bool expected = Regex.IsMatch(name, "^" + pattern.Replace("*", ".*", StringComparison.Ordinal) + "$");
        Assert.Equal(expected, Wildcard.Matches(pattern, name));
        Assert.Equal(expected, Wildcard.Matches(Encoding.UTF8.GetBytes(pattern), Encoding.UTF8.GetBytes(name)));
    });

    [Theory]
    [InlineData("readlin", "readline")]
    [InlineData("raedline", "readline")]
    [InlineData("sched_swich", "sched_switch")]
    public void Near_names_differ_in_few_places(string wanted, string nearest) =>
        Assert.Equal(nearest, NearestNames.Of(wanted, ["xfree", "readline", "sched_switch", "reading_shell_script", "sched_wakeup"])[0]);

    [Fact]
    public void Names_that_differ_in_all_are_not_near() => Assert.Empty(NearestNames.Of("getaddrinfo", ["readline", "", new string('x', 500)]));

    [Fact]
    public void Related_names_share_words() =>
        Assert.Equal("block:block_io_done", NearestNames.Related("blk_account_io_done", ["sched:sched_switch", "block:block_io_start", "block:block_io_done"])[0]);

    [Theory]
    [InlineData("libc.so.6", "libc", true)]
    [InlineData("libc-2.31.so", "libc", true)]
    [InlineData("ld-musl-x86_64.so.1", "libc", true)]
    [InlineData("libcrypto.so.3", "libc", false)]
    [InlineData("libc-client.so.2007e", "libc", false)]
    [InlineData("libpython3.11.so.1.0", "libpython3.11", true)]
    public void Copies_of_a_library_are_known_by_their_files_names(string file, string library, bool isCopy) => Assert.Equal(isCopy, BinaryFiles.IsCopy(file, library));

    [Fact]
    public void The_loaders_cache_names_files_that_are_there()
    {
        IReadOnlyList<string> paths = LoaderCache.Read();
        Assert.Contains(paths, path => path.EndsWith("/libc.so.6", StringComparison.Ordinal) && File.Exists(path));
        Assert.Empty(LoaderCache.Parse("not a cache"u8));
    }
}
