using Sonde.Agent.Doctor;
using Sonde.Bpf;
using Sonde.Bpf.Features;
using Sonde.Bpf.Privileges;
using Xunit;

namespace Sonde.Agent.Tests.Doctor;

public sealed class ExaminationTests
{
    private static readonly CapabilitySet Everything = new(ulong.MaxValue);

    [Fact]
    public void A_machine_that_has_everything_can_be_traced_and_loses_nothing()
    {
        Diagnosis diagnosis = Examine();
        Assert.True(diagnosis.CanRun);
        Assert.Equal("This machine can be traced.", diagnosis.Sentence);
        Assert.DoesNotContain(diagnosis.Rows, row => row.Condition is Condition.Lost or Condition.Missing or Condition.Unknown);
    }

    [Fact]
    public void A_kernel_without_socket_storage_is_refused_in_one_sentence()
    {
        Diagnosis diagnosis = Examine(No(FeatureTable.SocketStorage.Name, FeatureTable.SpinLock.Name, FeatureTable.SavedRegisters.Name));
        Assert.False(diagnosis.CanRun);
        Assert.Equal(
            "Linux 5.10.0 cannot be traced: it lacks socket storage in tracing programs, which came with Linux 5.11; use Linux 5.15 or newer, best 6.3 or newer.",
            diagnosis.Sentence);
    }

    [Theory]
    [InlineData("BTF", "CONFIG_DEBUG_INFO_BTF=y")]
    [InlineData("kernel reads", "lockdown=integrity")]
    [InlineData("ring buffer", "5.8")]
    [InlineData("saved user registers", "5.15")]
    public void What_cannot_be_replaced_stops_it_with_what_to_do(string feature, string advice)
    {
        Diagnosis diagnosis = Examine(No(feature));
        Assert.False(diagnosis.CanRun);
        Assert.Contains(advice, diagnosis.Sentence, StringComparison.Ordinal);
        Assert.Equal(Condition.Missing, diagnosis.Rows.Single(row => row.Name == feature).Condition);
    }

    [Fact]
    public void Unknown_is_not_no()
    {
        Diagnosis diagnosis = Examine(feature => feature.Name == "ring buffer" ? Finding.Unknown("no memory") : Finding.Yes());
        Assert.False(diagnosis.CanRun);
        Assert.Equal("Whether Linux 5.10.0 has ring buffer could not be found out: no memory.", diagnosis.Sentence);
        Assert.Equal(Condition.Unknown, diagnosis.Rows.Single(row => row.Name == "ring buffer").Condition);
    }

    [Fact]
    public void Missing_privileges_are_named_with_the_three_ways_to_grant_them()
    {
        // Most of the kernel's answers are then unknown, which must not hide the reason.
        Diagnosis diagnosis = Examine(
            feature => feature.Name is "BTF" or "kernel reads" ? Finding.Yes() : Finding.Unknown("could not ask"), CapabilitySet.Of(Capability.Bpf));
        Assert.False(diagnosis.CanRun);
        Assert.StartsWith("Sonde lacks CAP_PERFMON: run it as root", diagnosis.Sentence, StringComparison.Ordinal);
        Assert.Contains("setcap cap_bpf,cap_dac_read_search,cap_perfmon,cap_sys_ptrace+ep", diagnosis.Sentence, StringComparison.Ordinal);
        Assert.Contains("AmbientCapabilities=CAP_BPF CAP_DAC_READ_SEARCH", diagnosis.Sentence, StringComparison.Ordinal);
        Assert.Contains("[BPF, DAC_READ_SEARCH, PERFMON, SYS_PTRACE]", diagnosis.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_least_privileges_suffice_and_say_what_is_lost()
    {
        Diagnosis diagnosis = Examine(held: CapabilitySet.Of(Capability.Bpf, Capability.PerfMon));
        Assert.True(diagnosis.CanRun);
        Assert.Equal("This machine can be traced; 3 things are lost.", diagnosis.Sentence);
        Assert.Equal(["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN"],
            diagnosis.Rows.Where(row => row.Condition == Condition.Lost).Select(row => row.Name));
        Assert.True(Examine(held: CapabilitySet.Of(Capability.SysAdmin)).CanRun);
    }

    [Fact]
    public void The_next_best_hook_is_taken_and_the_loss_stated()
    {
        Diagnosis diagnosis = Examine(No("tp_btf/sock_send_length", "tp_btf/sock_recv_length"));
        Assert.True(diagnosis.CanRun);
        DiagnosisRow[] rows = [.. diagnosis.Rows.Where(row => row.Name == "see sockets")];
        Assert.Equal([Condition.Note, Condition.Lost], rows.Select(row => row.Condition));
        Assert.Contains("taken", rows[1].Found, StringComparison.Ordinal);
        Assert.Contains("not seen", rows[1].Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_hook_on_sockets_it_cannot_run_and_names_them()
    {
        Diagnosis diagnosis = Examine(No("tp_btf/sock_send_length", "fexit"));
        Assert.False(diagnosis.CanRun);
        Assert.Contains("none of the hooks to see sockets (tp_btf sock_send_length", diagnosis.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_another_hook_something_is_lost()
    {
        Diagnosis diagnosis = Examine(No("tp_btf/sched_process_exec"));
        Assert.True(diagnosis.CanRun);
        Assert.Contains(diagnosis.Rows, row => row is { Name: "processes", Condition: Condition.Lost, Found: "no hook" });
    }

    [Fact]
    public void Starting_asks_only_what_decides()
    {
        List<string> asked = [];
        Examination.Examine(feature => { asked.Add(feature.Name); return Finding.Yes(); }, Everything, "6.18", isThorough: false);
        Assert.DoesNotContain("uprobe", asked);
        Assert.DoesNotContain("fexit", asked);
        Assert.Contains("socket storage in tracing programs", asked);
    }

    [Fact]
    public void A_tracer_that_the_kernel_refuses_stops_it()
    {
        Diagnosis diagnosis = Examination.WithRefusal(Examine(), new BpfException("The verifier refused program 'send'.", 13));
        Assert.False(diagnosis.CanRun);
        Assert.Equal("The verifier refused program 'send'.", diagnosis.Sentence);
        Assert.Equal(Condition.Missing, diagnosis.Rows[^1].Condition);
    }

    [Fact]
    public void This_machine_which_the_tests_trace_can_be_traced()
    {
        Diagnosis diagnosis = Examination.Examine(isThorough: true);
        Assert.True(diagnosis.CanRun, diagnosis.Sentence);
        Assert.Equal(Kernel.Release, diagnosis.Release);
    }

    private static Func<Feature, Finding> No(params string[] names) =>
        feature => names.Contains(feature.Name) ? Finding.No("not there") : Finding.Yes();

    private static Diagnosis Examine(Func<Feature, Finding>? ask = null, CapabilitySet? held = null) =>
        Examination.Examine(ask ?? (_ => Finding.Yes()), held ?? Everything, "5.10.0", isThorough: true);
}
