using System.Buffers;
using System.Text;
using CsCheck;
using Sonde.Telemetry.Console;
using Xunit;

namespace Sonde.Telemetry.Tests.Console;

public class DisplayTextTests
{
    [Theory]
    [InlineData("abc", 3)]
    [InlineData("größe", 5)]
    [InlineData("日本語", 6)]
    [InlineData("e\u0301", 1)]
    [InlineData("🚀", 2)]
    [InlineData("한국", 4)]
    [InlineData("a\u200bb", 2)]
    [InlineData("→", 1)]
    public void Width_is_what_a_terminal_needs(string text, int width) =>
        Assert.Equal(width, DisplayText.Width(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("日本語", 6, "日本語")]
    [InlineData("日本語", 5, "日本…")]
    [InlineData("日本語", 4, "日…")]
    [InlineData("abc", 1, "…")]
    [InlineData("abc", 0, "")]
    public void What_is_too_wide_ends_in_an_ellipsis(string text, int columns, string shown) => Assert.Equal(shown, Write(text, columns).Text);

    [Theory]
    [InlineData("\e[31mred", "\ufffd[31mred")]
    [InlineData("a\r\nb", "a\ufffd\ufffdb")]
    [InlineData("a\u202eb", "ab")]
    [InlineData("a\u009bb", "a\ufffdb")]
    public void Nothing_steers_the_terminal(string text, string shown) => Assert.Equal(shown, Write(text, 80).Text);

    [Fact]
    public void No_text_takes_more_columns_than_there_are() =>
        Gen.Select(Gen.String, Gen.Int[0, 40]).Sample((text, columns) =>
        {
            (string shown, int used) = Write(text, columns);
            return used <= columns && used == DisplayText.Width(Encoding.UTF8.GetBytes(shown)) && !shown.Any(char.IsControl);
        });

    [Theory]
    [InlineData(0, "0.00 µs")]
    [InlineData(850_000, " 850 µs")]
    [InlineData(999_499, " 999 µs")]
    [InlineData(999_500, "1.00 ms")]
    [InlineData(12_340_000, "12.3 ms")]
    [InlineData(999_499_999, " 999 ms")]
    [InlineData(1_200_000_000, "1.20 s ")]
    [InlineData(59_949_999_999, "59.9 s ")]
    [InlineData(59_960_000_000, "0:59 m")]
    [InlineData(125_000_000_000, " 2:05 m")]
    [InlineData(7_200_000_000_000, " 2.0 h ")]
    public void Durations_have_three_digits(ulong nanoseconds, string shown) =>
        Assert.Equal(shown.PadLeft(HumanDuration.Width), HumanDuration.Format(nanoseconds));

    private static (string Text, int Used) Write(string text, int columns)
    {
        var output = new ArrayBufferWriter<byte>();
        int used = DisplayText.Write(Encoding.UTF8.GetBytes(text), columns, output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), used);
    }
}
