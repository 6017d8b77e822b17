using CsCheck;
using Sonde.Probes.Binding;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

/// <summary>Whatever it is given, the compiler answers with a program or with a <see cref="ProbeException"/> whose place is in the text.</summary>
public sealed class RandomProgramTests
{
    private const int Programs = 5000;

    [Fact]
    public void Programs_made_by_the_grammar_never_crash_the_compiler()
    {
        int accepted = 0;
        RandomPrograms.At([.. SamplePoints.Names, "tracepoint:syscalls:*", "kprobe:*", "tracepoint:none:*"]).Sample(text => accepted += Compiles(text) ? 1 : 0, iter: Programs, threads: 1);
        Assert.True(accepted > 20, $"Only {accepted} programs were accepted: the grammar makes nothing that means something.");
    }

    [Fact]
    public void Any_words_never_crash_the_compiler() => RandomPrograms.Soup.Sample(text => { Compiles(text); }, iter: Programs, threads: 1);

    [Fact]
    public void Words_in_a_block_never_crash_the_compiler() =>
        RandomPrograms.Soup.Sample(text => { Compiles($"kprobe:vfs_read /{text[..(text.Length / 3)]}/ {{ {text[(text.Length / 3)..]} }}"); }, iter: Programs, threads: 1);

    [Fact]
    public void Any_characters_never_crash_the_compiler() => Gen.String.Sample(text => { Compiles(text); }, iter: Programs, threads: 1);

    private static bool Compiles(string text)
    {
        ProbeSource source = new(text, "random");
        try
        {
            ProbeProgram program = source.Bind(new SamplePoints(), new ProbeOptions { Arguments = ["12", "text"] });
            Assert.All(program.Probes, probe => Assert.DoesNotContain("unknown", ModelText.Of(probe.Body)));
            Assert.All(program.Maps, map => Assert.DoesNotContain(map.KeyTypes.Append(map.ValueType), type => type is UnknownType));
            return true;
        }
        catch (ProbeException error)
        {
            Assert.InRange(error.Span.Start, 0, text.Length);
            Assert.InRange(error.Span.End, error.Span.Start, text.Length);
            Assert.NotEmpty(error.Message);
            Assert.StartsWith("random:", source.Describe(error));
            return false;
        }
    }
}
