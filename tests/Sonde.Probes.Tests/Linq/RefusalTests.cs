using Sonde.Probes.Linq;
using Sonde.Probes.Linq.Events;

namespace Sonde.Probes.Tests.Linq;

/// <summary>What cannot run in the kernel is refused with the expression and the reason.</summary>
public sealed class RefusalTests
{
    [Fact]
    public void Calls_are_named() => Assert.Equal(
        "'e.PreviousName.Trim()' cannot run in the kernel: String.Trim() is not among what can be compiled: "
        + "Equals, StartsWith and Contains with StringComparison.Ordinal are, and Contains of arrays and lists.",
        Queries.Error(Kernel.Tracepoint<SchedSwitch>().Where(e => e.PreviousName.Trim() == "A")));

    [Fact]
    public void Members_of_values_are_named() => Assert.Equal(
        "'e.PreviousName.Length' cannot run in the kernel: String.Length is computed by .NET.",
        Queries.Error(Kernel.Tracepoint<SchedSwitch>().Where(e => e.PreviousName.Length > 3)));

    [Fact]
    public void Constants_are_not_called_for() => Assert.Equal(
        "'Parse(\"5\")' cannot run in the kernel: it is a call: put its result in a variable before the query.",
        Queries.Error(Kernel.Tracepoint<SchedSwitch>().Where(e => e.PreviousThreadId == int.Parse("5"))));

    [Fact]
    public void Overflow_cannot_throw() => Assert.Equal(
        "'(e.PreviousThreadId + 1)' cannot run in the kernel: the kernel cannot throw when a number overflows: write unchecked(…) around the query.",
        Queries.Error(Kernel.Tracepoint<SchedSwitch>().Select(e => checked(e.PreviousThreadId + 1))));

    [Fact]
    public void Floating_point_is_refused() => Assert.Equal(
        "'Convert(e.PreviousThreadId, Double)' cannot run in the kernel: a value cannot be made Double there.",
        Queries.Error(Kernel.Tracepoint<SchedSwitch>().Where(e => e.PreviousThreadId * 1.5 > 3)));

    [Fact]
    public void Numbers_of_families_differ() => Assert.Equal(
        "'Convert(e.Family, Int32)' cannot run in the kernel: the kernel and .NET number address families differently: compare them with == and !=.",
        Queries.Error(Kernel.Tracepoint<TcpRetransmitSkb>().Select(e => (int)e.Family)));

    [Fact]
    public void A_missing_field_is_named() => Assert.StartsWith(
        "Misspelt.SourcePort: args has no member 'sprt', but skbaddr, skaddr, state, sport, dport, family,",
        Queries.Error(Kernel.Tracepoint<Misspelt>().Select(e => e.SourcePort)), StringComparison.Ordinal);

    [Fact]
    public void A_type_that_is_too_small_is_named()
    {
        Assert.Equal("Misfits.Id: the kernel's has 8 bytes, and Int32 only 4: declare a larger type.", Queries.Error(Kernel.Tracepoint<Misfits>().Select(e => e.Id)));
        Assert.Equal("Misfits.Text: bytes are read with [Value(\"buf(args.field, length)\")].", Queries.Error(Kernel.Tracepoint<Misfits>().Select(e => e.Text)));
        Assert.StartsWith("Misfits.Time: a property of type TimeSpan cannot come from the kernel", Queries.Error(Kernel.Tracepoint<Misfits>().Select(e => e.Time)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tracepoint_is_told_as_in_text() => Assert.Contains(
        "tcp_retransmit_skb", Queries.Error(Kernel.Tracepoint<Nowhere>().Select(e => e.Pid)), StringComparison.Ordinal);

    [Fact]
    public void A_record_says_where_it_comes_from() => Assert.StartsWith(
        "String does not say which events it is: write [Tracepoint(\"group\", \"name\")] on it.", Assert.Throws<ArgumentException>(() => Kernel.Tracepoint<string>()).Message, StringComparison.Ordinal);

    [Tracepoint("tcp", "tcp_retransmit_skb")]
    public sealed record Misspelt([property: Field("sprt")] ushort SourcePort);

    [Tracepoint("raw_syscalls", "sys_exit")]
    public sealed record Misfits(int Id, [property: Field("ret")] byte[] Text, [property: Field("ret")] TimeSpan Time);

    [Tracepoint("tcp", "tcp_retransmit_sbk")]
    public sealed record Nowhere([property: Value("pid")] int Pid);
}
