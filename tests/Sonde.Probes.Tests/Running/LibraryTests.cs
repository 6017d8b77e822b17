using System.Diagnostics;
using System.Runtime.InteropServices;
using Sonde.Bpf.Mappings;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Running;

/// <summary>A probe of a library wherever it is: in this process, in files that are copies of each other.</summary>
public sealed unsafe class LibraryTests
{
    private static UprobeTarget Everywhere { get; } = new("uprobe:libsondesample:sonde_sample", null, "libsondesample", "sonde_sample", 0, IsReturn: false);

    [Fact]
    public void Every_copy_is_probed_those_that_are_mapped_later_too_and_none_twice()
    {
        delegate* unmanaged<int, int> early = Load(SampleLibrary.Copy()), other = Load(SampleLibrary.Copy());
        HandWritten written = Counting(Everywhere);
        using ProbeSession session = ProbeSession.Load(written.Build());
        session.Start(new RecordedEvents());
        Assert.Empty(session.Warnings);
        _ = early(1);
        _ = other(1);
        Assert.Equal(2, Count(session, written));

        List<double> gaps = [];
        for (int i = 0; i < 10; i++)
        {
            gaps.Add(GapOfNewCopy(session, written).TotalMilliseconds);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"mapped to attached, ms: {string.Join(" ", gaps.Order().Select(each => each.ToString("F1")))}");
        Assert.True(gaps.Order().ElementAt(5) < 50, "the median copy is probed within 50 ms of its mapping");
        long before = Count(session, written);
        _ = early(1);
        Assert.Equal(before + 1, Count(session, written));
    }

    [Fact]
    public void One_file_under_two_container_roots_is_probed_once()
    {
        string lower = Path.GetDirectoryName(SampleLibrary.Copy())!;
        string[] roots = [Mount(lower), Mount(lower)];
        try
        {
            delegate* unmanaged<int, int> one = Load($"{roots[0]}/libsondesample.so.1"), two = Load($"{roots[1]}/libsondesample.so.1");
            HandWritten written = Counting(Everywhere);
            using ProbeSession session = ProbeSession.Load(written.Build());
            session.Start(new RecordedEvents());
            _ = one(1);
            Assert.Equal(1, Count(session, written));
            _ = two(1);
            Assert.Equal(2, Count(session, written));
        }
        finally
        {
            // Busy while it is mapped: lazily.
            foreach (string root in roots)
            {
                Run("umount", "-l", root);
                Directory.Delete(Path.GetDirectoryName(root)!, recursive: true);
            }
        }
    }

    [Fact]
    public void A_path_is_probed_in_one_process_or_in_all_and_a_missing_function_is_named()
    {
        string path = SampleLibrary.Copy();
        delegate* unmanaged<int, int> function = Load(path);
        UprobeTarget target = Everywhere with { Path = path, Library = null };
        foreach ((int? process, long expected) in new (int?, long)[] { (null, 1), (Environment.ProcessId, 1), (1, 0) })
        {
            HandWritten written = Counting(target);
            using ProbeSession session = ProbeSession.Load(written.Build(), new() { ProcessId = process });
            session.Start(new RecordedEvents());
            _ = function(1);
            Assert.Equal(expected, Count(session, written));
        }

        using ProbeSession failing = ProbeSession.Load(Counting(target with { Symbol = "nowhere" }).Build());
        Assert.Contains("has no function 'nowhere'", Assert.Throws<ProbeException>(() => failing.Start(new RecordedEvents())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Those_who_ask_share_one_watch_and_are_told_of_processes_that_start()
    {
        using MappedFiles files = new();
        HashSet<string> told = [];
        using IDisposable watch = files.Watch(name => name.SequenceEqual("sh"u8) || name.SequenceEqual("dash"u8) || name.SequenceEqual("env"u8), file =>
        {
            lock (told)
            {
                told.Add(Path.GetFileName(file.Path));
            }

            Assert.True(file.Handle.IsInvalid is false && File.Exists(file.OpenPath));
            return true;
        });
        Until(() =>
        {
            Run("env", "true");
            lock (told)
            {
                return told.Contains("env");
            }
        });
    }

    private static HandWritten Counting(UprobeTarget target) => new HandWritten().Counting(ProgramKind.Kprobe, null, target);

    private static long Count(ProbeSession session, HandWritten written) =>
        session.Read(written.Map).Rows.Sum(each => Assert.IsType<NumberCell>(each.Cell).Value);

    private static TimeSpan GapOfNewCopy(ProbeSession session, HandWritten written)
    {
        string copy = SampleLibrary.Copy();
        long before = Count(session, written), begun = Stopwatch.GetTimestamp();
        delegate* unmanaged<int, int> late = Load(copy);
        Until(() =>
        {
            _ = late(1);
            return Count(session, written) > before;
        });
        return Stopwatch.GetElapsedTime(begun);
    }

    private static delegate* unmanaged<int, int> Load(string path) =>
        (delegate* unmanaged<int, int>)NativeLibrary.GetExport(NativeLibrary.Load(path), "sonde_sample");

    private static string Mount(string lower)
    {
        string folder = Directory.CreateTempSubdirectory("sonde-overlay-").FullName;
        string root = Directory.CreateDirectory($"{folder}/root").FullName, empty = Directory.CreateDirectory($"{folder}/empty").FullName;
        Run("mount", "-t", "overlay", "overlay", "-o", $"lowerdir={lower}:{empty}", root);
        return root;
    }

    private static void Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static void Until(Func<bool> condition)
    {
        DateTime deadline = DateTime.UtcNow.AddSeconds(20);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "in time");
        }
    }
}
