using System.Globalization;
using System.Runtime.InteropServices;
using Sonde.Bpf.Btf;
using Sonde.Bpf.Elf;
using Sonde.Bpf.Features;
using Sonde.Bpf.Links;
using Sonde.Bpf.Tests.Elf;
using Xunit;

namespace Sonde.Bpf.Tests.Links;

/// <summary>Each hook with a program that counts, and events of a known number.</summary>
public sealed unsafe partial class LinkTests
{
    private const int Calls = 25;

    private readonly Kernel _kernel = new();

    [Fact]
    public void A_tracepoint_runs_its_program_on_every_CPU_until_the_link_is_disposed()
    {
        using CountingProgram program = new(BpfProgramType.Tracepoint);
        CountExactly(program, () => TracepointLink.Attach(program.Program, TracepointId("syscalls/sys_enter_getppid"), "getppid"), CallSystem);
    }

    [Fact]
    public void A_raw_tracepoint_is_attached_by_its_name()
    {
        using CountingProgram program = new(BpfProgramType.RawTracepoint);
        CountAtLeast(program, () => RawTracepointLink.Attach(program.Program, "sys_enter"), CallSystem);
        Assert.Contains("no_such_event", Assert.Throws<BpfException>(() => RawTracepointLink.Attach(program.Program, "no_such_event")).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_typed_tracepoint_is_attached_to_what_the_program_was_loaded_for()
    {
        Assert.True(_kernel.Types.TryFind("btf_trace_sys_enter", BtfKind.Typedef, out BtfType type));
        using CountingProgram program = new(BpfProgramType.Tracing, BpfAttachType.RawTracepoint, type.Id);
        CountAtLeast(program, () => TracingLink.Attach(program.Program, "sys_enter"), CallSystem);
    }

    [Theory]
    [InlineData(BpfAttachType.FunctionEntry)]
    [InlineData(BpfAttachType.FunctionExit)]
    public void A_kernel_function_is_traced_where_the_kernel_allows_it(BpfAttachType attachType)
    {
        Assert.SkipUnless(_kernel.Ask(FeatureTable.FunctionEntry).IsYes, "this kernel has no fentry");
        Assert.True(_kernel.Types.TryFind("__do_sys_getppid", BtfKind.Function, out BtfType function));
        using CountingProgram program = new(BpfProgramType.Tracing, attachType, function.Id);
        CountExactly(program, () => TracingLink.Attach(program.Program, "__do_sys_getppid"), CallSystem);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_kprobe_is_placed_where_the_kernel_has_them(bool isReturn)
    {
        Assert.SkipUnless(_kernel.Ask(FeatureTable.Kprobe).IsYes, "this kernel has no kprobes");
        using CountingProgram program = new(BpfProgramType.Kprobe);
        CountExactly(program, () => KprobeLink.Attach(program.Program, "__x64_sys_getppid", isReturn: isReturn), CallSystem);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_functions_are_probed_at_once_where_the_kernel_can(bool isReturn)
    {
        Assert.SkipUnless(_kernel.Ask(FeatureTable.KprobeMulti).IsYes, "this kernel has no kprobe_multi");
        using CountingProgram program = new(BpfProgramType.Kprobe, BpfAttachType.KprobeMulti);
        CountExactly(program, () => KprobeMultiLink.Attach(program.Program, ["__x64_sys_getppid", "__x64_sys_setuid"], isReturn), CallSystem);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_function_of_a_library_is_probed(bool isReturn)
    {
        using CountingProgram program = new(BpfProgramType.Kprobe);
        CountExactly(program, () => UprobeLink.Attach(program.Program, CompiledLibrary.Path, OffsetOf("entry"), isReturn), CallLibrary);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_probe_may_be_for_one_process_only(bool own)
    {
        using CountingProgram program = new(BpfProgramType.Kprobe);
        using BpfLink link = UprobeLink.Attach(program.Program, CompiledLibrary.Path, OffsetOf("entry"), processId: own ? Environment.ProcessId : 1);
        CallLibrary();
        Assert.Equal(own ? (ulong)Calls : 0, program.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_functions_of_a_library_are_probed_at_once(bool isReturn)
    {
        Assert.SkipUnless(_kernel.Ask(FeatureTable.UprobeMulti).IsYes, "this kernel has no uprobe_multi");
        using CountingProgram program = new(BpfProgramType.Kprobe, BpfAttachType.UprobeMulti);
        UprobePlace[] places = [OffsetOf("entry"), OffsetOf("twice")];
        CountExactly(program, () => UprobeMultiLink.Attach(program.Program, CompiledLibrary.Path, places, isReturn), CallLibrary, 2 * Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_static_probe_has_its_semaphore_held_up_while_it_is_attached(bool atOnce)
    {
        Assert.SkipUnless(!atOnce || _kernel.Ask(FeatureTable.UprobeMulti).IsYes, "this kernel has no uprobe_multi");
        ushort* semaphore = (ushort*)CompiledLibrary.AddressOf("probe_semaphore");
        using ElfReading elf = new(CompiledLibrary.Path);
        UsdtNote note = Assert.Single(UsdtNote.Of(elf.File));
        UprobePlace place = new(note.Offset, note.SemaphoreOffset);
        using CountingProgram program = new(BpfProgramType.Kprobe, atOnce ? BpfAttachType.UprobeMulti : BpfAttachType.None);
        Assert.Equal(0, *semaphore);
        CountExactly(
            program,
            () => atOnce ? UprobeMultiLink.Attach(program.Program, CompiledLibrary.Path, [place]) : UprobeLink.Attach(program.Program, CompiledLibrary.Path, place),
            () =>
            {
                Assert.Equal(1, Volatile.Read(ref *semaphore));
                CallLibrary();
            });
        Assert.Equal(0, Volatile.Read(ref *semaphore));
    }

    [Theory]
    [InlineData(99, true)]
    [InlineData(10_000_000, false)]
    public void A_timer_runs_its_program_on_every_CPU(long period, bool isFrequency)
    {
        using CountingProgram program = new(BpfProgramType.PerfEvent, everywhere: true);
        using BpfLink link = SamplingLink.AttachTimer(program.Program, period, isFrequency, "profile");
        Until(() => program.Count > 20);
    }

    [Fact]
    public void A_software_event_runs_its_program_every_so_many()
    {
        const int PageFaults = 2, Pages = 200;
        using CountingProgram program = new(BpfProgramType.PerfEvent);
        using BpfLink link = SamplingLink.AttachEvent(program.Program, isHardware: false, PageFaults, 1, "page-faults");
        byte* memory = (byte*)mmap(0, Pages * 4096, 3, 0x22, -1, 0);
        for (int page = 0; page < Pages; page++)
        {
            memory[page * 4096] = 1;
        }

        _ = munmap((nint)memory, Pages * 4096);
        Assert.True(program.Count >= Pages / 16, "huge pages or not, memory that is written for the first time faults");
    }

    [Fact]
    public void A_counter_that_the_machine_lacks_is_refused_in_one_sentence()
    {
        using CountingProgram program = new(BpfProgramType.PerfEvent);
        BpfException failure = Assert.Throws<BpfException>(() => SamplingLink.AttachEvent(program.Program, isHardware: false, 4711, 1, "nonsense"));
        Assert.Contains("could not be attached to 'nonsense'", failure.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_runs_when_user_space_says_so()
    {
        using CountingProgram program = new(BpfProgramType.RawTracepoint);
        program.Program.RunOnce();
        program.Program.RunOnce();
        Assert.Equal(2ul, program.Count);
    }

    [Fact]
    public void An_iterator_visits_every_task()
    {
        Assert.True(_kernel.Types.TryFind("bpf_iter_task", BtfKind.Function, out BtfType function));
        using CountingProgram program = new(BpfProgramType.Tracing, BpfAttachType.Iterator, function.Id, everywhere: true);
        using BpfIterator iterator = IteratorLink.Attach(program.Program, "iter:task");
        iterator.Pass();
        Assert.True(program.Count > (ulong)Directory.GetDirectories("/proc/self/task").Length);
    }

    [Fact]
    public void A_program_that_the_verifier_refuses_says_why()
    {
        BpfLoadException failure = Assert.Throws<BpfLoadException>(() => new CountingProgram(BpfProgramType.RawTracepoint, wrong: true));
        Assert.StartsWith("The verifier refused program 'count': R5 !read_ok", failure.Summary, StringComparison.Ordinal);
        Assert.Contains("processed", failure.FullLog, StringComparison.Ordinal);
    }

    private static void CountExactly(CountingProgram program, Func<BpfLink> attach, Action act, int expected = Calls)
    {
        using (attach())
        {
            act();
        }

        Assert.Equal((ulong)expected, program.Count);
        CallSystem();
        CallLibrary();
        Assert.Equal((ulong)expected, program.Count);
    }

    private static void CountAtLeast(CountingProgram program, Func<BpfLink> attach, Action act)
    {
        using (attach())
        {
            act();
        }

        ulong counted = program.Count;
        Assert.True(counted >= Calls);
        act();
        Assert.Equal(counted, program.Count);
    }

    private static void CallSystem()
    {
        for (int i = 0; i < Calls; i++)
        {
            _ = getppid();
        }
    }

    private static void CallLibrary()
    {
        delegate* unmanaged<int, int> entry = (delegate* unmanaged<int, int>)CompiledLibrary.AddressOf("entry");
        for (int i = 0; i < Calls; i++)
        {
            _ = entry(i);
        }
    }

    /// <summary>Where tracefs is not mounted it is, in a folder of the test's own, for as long as it takes.</summary>
    private static int TracepointId(string name)
    {
        string id = $"events/{name}/id";
        if (File.Exists($"/sys/kernel/tracing/{id}"))
        {
            return int.Parse(File.ReadAllText($"/sys/kernel/tracing/{id}"), CultureInfo.InvariantCulture);
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("sonde-tracefs-");
        try
        {
            Assert.Equal(0, mount("tracefs", folder.FullName, "tracefs", 0, 0));
            return int.Parse(File.ReadAllText($"{folder.FullName}/{id}"), CultureInfo.InvariantCulture);
        }
        finally
        {
            _ = umount(folder.FullName);
            folder.Delete();
        }
    }

    private static UprobePlace OffsetOf(string function)
    {
        using ElfReading elf = new(CompiledLibrary.Path);
        Assert.True(ElfSymbols.Of(elf.File).TryFind(function, out ElfSymbol symbol));
        Assert.True(elf.File.TryGetOffset(symbol.Address, out long offset));
        return new(offset);
    }

    private static void Until(Func<bool> condition)
    {
        DateTime deadline = DateTime.UtcNow.AddSeconds(20);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "in time");
            Thread.Yield();
        }
    }

    [LibraryImport("libc")]
    private static partial int getppid();

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, nuint flags, nint data);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount(string target);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nint length);

    private sealed class ElfReading(string path) : IDisposable
    {
        private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _handle = System.IO.File.OpenHandle(path);

        internal ElfFile File => new(_handle);

        public void Dispose() => _handle.Dispose();
    }
}
