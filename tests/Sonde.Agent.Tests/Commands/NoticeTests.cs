using Sonde.Agent.Commands;
using Xunit;

namespace Sonde.Agent.Tests.Commands;

public sealed class NoticeTests
{
    [Fact]
    public void What_would_tear_a_screen_is_written_afterwards()
    {
        TextWriter before = Console.Error;
        using var output = new StringWriter();
        Console.SetError(output);
        try
        {
            Notice.Hold();
            for (int i = 0; i < 101; i++)
            {
                Notice.Write($"sentence {i}");
            }

            Assert.DoesNotContain("sentence", output.ToString(), StringComparison.Ordinal);
            Notice.Release();
            Notice.Write("the last");
        }
        finally
        {
            Notice.Release();
            Console.SetError(before);
        }

        string[] lines = [.. output.ToString().Split('\n').Where(line => line.StartsWith("sonde: sentence", StringComparison.Ordinal) || line == "sonde: the last")];
        Assert.Equal([.. Enumerable.Range(1, 100).Select(i => $"sonde: sentence {i}"), "sonde: the last"], lines);
    }
}
