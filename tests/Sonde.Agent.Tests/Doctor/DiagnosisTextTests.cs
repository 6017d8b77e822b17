using System.Text.Json;
using System.Text.RegularExpressions;
using Sonde.Agent.Doctor;
using Xunit;

namespace Sonde.Agent.Tests.Doctor;

public sealed class DiagnosisTextTests
{
    private static readonly Diagnosis Sample = new("6.1.0",
    [
        new("Kernel", "BTF", Condition.Good, "95069 types", "programs find the kernel's types"),
        new("Privileges", "CAP_SYS_ADMIN", Condition.Lost, "not held", "the time of Sonde's own programs in the kernel is not shown"),
        new("Hooks", "see sockets", Condition.Missing, "no hook", "every send and receive, with its \"bytes\""),
        new("Hooks", "sweep", Condition.Unknown, "could not ask", "silent exchanges"),
        new("Kernel", "tcx", Condition.Note, "there", "packets"),
    ], false, "Linux 6.1.0 cannot be traced: it has none of the hooks to see sockets; use another kernel.");

    [Fact]
    public void Plain_text_says_in_words_how_each_thing_stands_one_line_each()
    {
        string text = DiagnosisText.Write(Sample, isTerminal: false, isColoured: false, int.MaxValue);
        Assert.Equal("""
            Linux 6.1.0

            Kernel
              ok      BTF            95069 types; programs find the kernel's types
              note    tcx            there; packets

            Privileges
              lost    CAP_SYS_ADMIN  not held; the time of Sonde's own programs in the kernel is not shown

            Hooks
              missing see sockets    no hook; every send and receive, with its "bytes"
              unknown sweep          could not ask; silent exchanges

            No. Linux 6.1.0 cannot be traced: it has none of the hooks to see sockets; use another kernel.

            """, text);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public void On_a_terminal_lines_are_wrapped_between_words_and_colours_take_no_room(int width)
    {
        string coloured = DiagnosisText.Write(Sample, isTerminal: true, isColoured: true, width);
        string plain = Regex.Replace(coloured, "\e\\[[0-9;]*m", "");
        Assert.NotEqual(coloured, plain);
        Assert.Equal(plain, DiagnosisText.Write(Sample, isTerminal: true, isColoured: false, width));
        Assert.All(plain.Split('\n'), line => Assert.True(line.Length <= width, line));
        Assert.Contains("the time of Sonde's own programs in the kernel is not shown", Regex.Replace(plain, @"\s+", " "), StringComparison.Ordinal);
        Assert.Contains("✓ BTF", plain, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_everything()
    {
        using JsonDocument json = JsonDocument.Parse(DiagnosisJson.Write(Sample));
        Assert.Equal("6.1.0", json.RootElement.GetProperty("kernel").GetString());
        Assert.False(json.RootElement.GetProperty("canRun").GetBoolean());
        Assert.Equal(Sample.Sentence, json.RootElement.GetProperty("sentence").GetString());
        Assert.Equal(Sample.Rows, json.RootElement.GetProperty("rows").EnumerateArray().Select(row => new DiagnosisRow(
            row.GetProperty("group").GetString()!,
            row.GetProperty("name").GetString()!,
            Enum.Parse<Condition>(row.GetProperty("condition").GetString()!, ignoreCase: true),
            row.GetProperty("found").GetString()!,
            row.GetProperty("meaning").GetString()!)));
    }
}
