using System.Text;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Running;

public sealed class LibraryNameTests
{
    [Theory]
    [InlineData("libc", "libc.so.6", true)]
    [InlineData("libc", "libc-2.31.so", true)]
    [InlineData("libc", "libc.so", true)]
    [InlineData("libc", "ld-musl-x86_64.so.1", true)]
    [InlineData("libc", "libc.musl-x86_64.so.1", true)]
    [InlineData("libc", "libcrypto.so.3", false)]
    [InlineData("libc", "libc++.so.1", false)]
    [InlineData("libc", "libc.sonde", false)]
    [InlineData("libc", "libc-client.so.2007", false)]
    [InlineData("libssl", "libssl.so.1.1", true)]
    [InlineData("libssl", "libssl3.so", false)]
    [InlineData("libssl", "ld-musl-x86_64.so.1", false)]
    public void A_short_name_means_the_versions_of_one_library(string name, string file, bool matches) =>
        Assert.Equal(matches, new LibraryName(name).Matches(Encoding.UTF8.GetBytes(file)));
}
