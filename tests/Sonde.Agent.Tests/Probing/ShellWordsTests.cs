using CsCheck;
using Sonde.Agent.Configuration;
using Sonde.Agent.Probing;
using Xunit;

namespace Sonde.Agent.Tests.Probing;

public sealed class ShellWordsTests
{
    [Theory]
    [InlineData("curl -s localhost", "curl", "-s", "localhost")]
    [InlineData("  a \t b\n", "a", "b")]
    [InlineData("sh -c 'echo \"$1\" | cat' x", "sh", "-c", "echo \"$1\" | cat", "x")]
    [InlineData("a \"b c\" d\\ e", "a", "b c", "d e")]
    [InlineData("a''b \"\" ''", "ab", "", "")]
    [InlineData("\"a\\\"b\\n\\$\" '\\' \\'", "a\"b\\n$", "\\", "'")]
    [InlineData("x\\", "x\\")]
    public void Words_are_those_of_a_shell(string line, params string[] expected) => Assert.Equal(expected, ShellWords.Split(line));

    [Theory]
    [InlineData("echo 'a")]
    [InlineData("echo \"a\\\"")]
    [InlineData(" ")]
    public void What_is_no_command_is_refused(string line) => Assert.Throws<SettingsException>(() => ShellWords.Split(line));

    [Fact]
    public void Words_in_single_quotes_come_back_whatever_they_hold() => Gen.String[Gen.Char[' ', '~'], 0, 8].Array[1, 5].Sample(words =>
        ShellWords.Split(string.Join(' ', words.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"))).SequenceEqual(words));
}
