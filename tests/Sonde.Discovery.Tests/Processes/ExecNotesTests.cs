using System.Text;
using CsCheck;
using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Tests.Processes;

public sealed class ExecNotesTests
{
    [Fact]
    public void The_latest_notes_are_what_was_written() =>
        Gen.Select(Gen.UInt[1, 30], Gen.String[Gen.Char['a', 'z'], 0, 60], Gen.String[Gen.Char['a', 'z'], 1, 20].Array[0, 12]).Array[1, 200].Sample(
            written =>
            {
                const int Kept = 8;
                var notes = new ExecNotes(2048, Kept);
                foreach (var (pid, program, arguments) in written)
                {
                    notes.Add(pid, Encoding.UTF8.GetBytes(program), Encoding.UTF8.GetBytes(string.Concat(arguments.Select(argument => argument + "\0"))));
                }

                Assert.InRange(notes.Count, 1, Kept);
                var (lastPid, lastProgram, lastArguments) = written[^1];
                Assert.True(notes.TryFind(lastPid, out var foundProgram, out var foundArguments));
                Assert.Equal(lastProgram, foundProgram);
                Assert.Equal(lastArguments, foundArguments);
                foreach (var (pid, _, _) in written)
                {
                    // Whatever is still there is the newest of its id.
                    if (notes.TryFind(pid, out foundProgram, out foundArguments))
                    {
                        var newest = written.Last(note => note.Item1 == pid);
                        Assert.Equal(newest.Item2, foundProgram);
                        Assert.Equal(newest.Item3, foundArguments);
                    }
                }
            },
            iter: 300);

    [Fact]
    public void Long_texts_keep_the_programs_end_and_whole_arguments()
    {
        var notes = new ExecNotes();
        var arguments = string.Concat(Enumerable.Range(0, 500).Select(index => $"argument-{index}\0"));
        notes.Add(7, Encoding.UTF8.GetBytes(new string('x', 5000) + "/curl"), Encoding.UTF8.GetBytes(arguments));
        Assert.True(notes.TryFind(7, out var program, out var found));
        Assert.EndsWith("/curl", program, StringComparison.Ordinal);
        Assert.InRange(found.Length, 50, 100);
        Assert.Equal(Enumerable.Range(0, found.Length).Select(index => $"argument-{index}"), found);
    }
}
