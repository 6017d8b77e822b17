using Sonde.Bpf.Features;
using Sonde.Bpf.Privileges;
using Xunit;

namespace Sonde.Bpf.Tests;

/// <summary>Holds the table against the kernel it runs on: by programs that clang compiled, and by the kernel's own list of symbols.</summary>
public sealed class FeatureTableTests
{
    private readonly Kernel _kernel = new();

    public static TheoryData<string, string> Programs => new()
    {
        { "tracing", FeatureTable.Tracing.Name },
        { "socket_storage", FeatureTable.SocketStorage.Name },
        { "spin_lock", FeatureTable.SpinLock.Name },
        { "task_storage", FeatureTable.TaskStorage.Name },
        { "saved_registers", FeatureTable.SavedRegisters.Name },
        { "iterator", FeatureTable.SocketStorageIterator.Name },
        { "function_entry", FeatureTable.FunctionEntry.Name },
        { "function_exit", FeatureTable.FunctionExit.Name },
        { "kernel_probe", FeatureTable.Kprobe.Name },
        { "user_probe", FeatureTable.Uprobe.Name },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void The_table_says_yes_exactly_where_a_real_program_loads_and_attaches(string program, string feature)
    {
        Finding finding = _kernel.Ask(FeatureTable.All.Single(each => each.Name == feature));
        Assert.NotEqual(Verdict.Unknown, finding.Verdict);
        Assert.Equal(finding.IsYes, Works(program));
    }

    [Theory]
    [InlineData("ring buffer", "ringbuf_map_alloc")]
    [InlineData("uprobe_multi", "bpf_uprobe_multi_link_attach")]
    [InlineData("kprobe_multi", "fprobe_handler")]
    [InlineData("test_run", "bpf_prog_test_run_raw_tp")]
    [InlineData("tcx", "tcx_link_attach")]
    public void The_table_says_yes_exactly_where_the_kernel_has_the_function(string feature, string symbol)
    {
        Finding finding = _kernel.Ask(FeatureTable.All.Single(each => each.Name == feature));
        Assert.Equal(finding.IsYes, HasSymbol(symbol));
    }

    [Theory]
    [InlineData("sched_switch")]
    [InlineData("inet_sock_set_state")]
    [InlineData("sock_send_length")]
    [InlineData("no_such_tracepoint")]
    public void A_tracepoint_is_found_where_the_kernel_has_it(string name) =>
        Assert.Equal(HasSymbol("__traceiter_" + name), _kernel.Ask(FeatureTable.Tracepoint(name, "")).IsYes);

    [Fact]
    public void Names_are_unique_and_every_row_says_what_it_means()
    {
        Assert.Equal(FeatureTable.All.Count, FeatureTable.All.Select(each => each.Name).Distinct().Count());
        Assert.All(FeatureTable.All, each => Assert.NotEmpty(each.Meaning));
    }

    [Fact]
    public void An_answer_is_kept_but_an_unknown_one_is_asked_again()
    {
        int asked = 0;
        Finding[] answers = [Finding.Unknown("not now"), Finding.Yes(), Finding.No("changed")];
        Feature feature = new("moody", "", "", _ => answers[asked++]);
        Assert.Equal([answers[0], answers[1], answers[1]], new[] { _kernel.Ask(feature), _kernel.Ask(feature), _kernel.Ask(feature) });
    }

    [Fact]
    public void A_probe_that_cannot_read_its_file_is_unknown() =>
        Assert.Equal(Verdict.Unknown, _kernel.Ask(new("unreadable", "", "", _ => throw new IOException("gone"))).Verdict);

    [Fact]
    public void Without_privileges_an_answer_is_unknown_and_names_what_is_missing()
    {
        Finding finding = default, tcx = default;
        int threadsWithMore = 0;
        CapabilitySet left = new(ulong.MaxValue);
        BpfLoadException? failure = null;
        // Capabilities belong to threads: only this one gives them up, and the finalizer's.
        Thread thread = new(() =>
        {
            threadsWithMore = ProcessCapabilities.DropAllExcept(CapabilitySet.Of(Capability.SysPtrace, Capability.Bpf));
            left = ProcessCapabilities.Effective;
            finding = _kernel.Ask(FeatureTable.SocketStorage);
            tcx = _kernel.Ask(FeatureTable.Tcx);
            using BpfObject blueprint = Sample.Open();
            failure = Assert.Throws<BpfLoadException>(() => blueprint.Load());
        });
        thread.Start();
        thread.Join();
        Assert.Equal(CapabilitySet.Of(Capability.SysPtrace, Capability.Bpf), left);
        Assert.True(threadsWithMore > 0);
        Assert.Equal(Finding.Unknown("could not ask without CAP_PERFMON"), finding);
        Assert.Equal(Finding.Unknown("could not ask without CAP_NET_ADMIN"), tcx);
        Assert.Contains("Sonde lacks CAP_PERFMON: run it as root or grant", failure!.Summary, StringComparison.Ordinal);
    }

    private static bool Works(string program)
    {
        using BpfObject blueprint = BpfObject.Open(Sample.Read("features.bpf.o"), "features");
        blueprint.Program(program).Autoload = true;
        try
        {
            using LoadedObject loaded = blueprint.Load();
            using IDisposable attached = program switch
            {
                "iterator" => loaded.Program(program).AttachIterator(loaded.Map("sockets")),
                "user_probe" => loaded.Program(program).AttachUprobe("/proc/self/exe", 0),
                _ => loaded.Program(program).Attach(),
            };
            return true;
        }
        catch (BpfException)
        {
            return false;
        }
    }

    private static bool HasSymbol(string name) =>
        File.ReadLines("/proc/kallsyms").Any(line => line.Split([' ', '\t'])[2] == name);
}
