using System.Net;
using System.Net.Sockets;
using Sonde.Probes.Linq;
using Sonde.Probes.Linq.Events;

namespace Sonde.Probes.Tests.Linq;

/// <summary>What queries become, as the typed tree's text.</summary>
public sealed class TranslationTests
{
    [Fact]
    public void A_filter_a_key_and_a_count() => Assert.Equal(
        "(if (Equal (load Context ctx+32 2 uint16) 2 int64) { (count() @result[(load Context ctx+28 2 uint16), (load Context ctx+30 2 uint16), (load Context ctx+24 4 int32)]) })",
        Queries.Text(Kernel.Tracepoint<TcpRetransmitSkb>()
            .Where(e => e.Family == AddressFamily.InterNetwork)
            .GroupBy(e => new { e.SourcePort, e.DestinationPort, e.State })
            .Count()));

    [Fact]
    public void Projections_are_written_out() => Assert.Equal(
        Queries.Text(Kernel.Tracepoint<SysExit>().Where(e => -e.Result > 0).GroupBy(e => e.Number).Sum(e => -e.Result)),
        Queries.Text(Kernel.Tracepoint<SysExit>().Select(e => new { Call = e.Number, Error = -e.Result }).Where(e => e.Error > 0).Select(e => e).Where(e => true)
            .GroupBy(e => e.Call).Sum(e => e.Error)));

    [Fact]
    public void Arithmetic_has_the_width_of_its_types()
    {
        const string Pid = "(load Context ctx+24 4 int32)";
        Assert.Equal($"(send 0 (cast (Add {Pid} 5 int64) int32))", Queries.Text(Kernel.Tracepoint<SchedSwitch>().Select(e => e.PreviousThreadId + 5)));
        Assert.Equal($"(send 0 (Add {Pid} 5 int64))", Queries.Text(Kernel.Tracepoint<SchedSwitch>().Select(e => e.PreviousThreadId + 5L)));
        Assert.Equal($"(send 0 (cast (ShiftLeft {Pid} 1 int64) int32))", Queries.Text(Kernel.Tracepoint<SchedSwitch>().Select(e => e.PreviousThreadId << 33)));
        Assert.Equal($"(send 0 (cast {Pid} uint8))", Queries.Text(Kernel.Tracepoint<SchedSwitch>().Select(e => (byte)e.PreviousThreadId)));
        Assert.Equal("(send 0 (Divide.u (load Context ctx+16 8 uint64) 512:uint64 uint64))", Queries.Text(Kernel.Tracepoint<BlockRqIssue>().Select(e => e.Sector / 512)));
        Assert.Equal($"(send 0 (? (Greater {Pid} 0 int64) 1 2 int64))", Queries.Text(Kernel.Tracepoint<SchedSwitch>().Select(e => e.PreviousThreadId > 0 ? 1 : 2)));
    }

    [Fact]
    public void Values_from_around_the_query_are_constants()
    {
        string name = "nginx";
        ushort[] ports = [80, 443];
        IPAddress address = IPAddress.Parse("127.0.0.1");
        Assert.StartsWith(
            "(if (Not (differ 6 (string Context (at ctx+8 ", Queries.Text(Kernel.Tracepoint<SchedSwitch>().Where(e => e.PreviousName == name).Select(e => 1)), StringComparison.Ordinal);
        Assert.Equal(
            "(if (Or (Equal (load Context ctx+30 2 uint16) 80 int64) (Equal (load Context ctx+30 2 uint16) 443 int64) int64) { (send 0 (load Context ctx+28 2 uint16)) })",
            Queries.Text(Kernel.Tracepoint<TcpRetransmitSkb>().Where(e => ports.Contains(e.DestinationPort)).Select(e => e.SourcePort)));
        string addressed = Queries.Text(Kernel.Tracepoint<TcpRetransmitSkb>().Where(e => e.SourceAddress.Equals(address)).Select(e => 1));
        Assert.StartsWith("(if (And (Equal.u (load Kernel (at ctx+42 ", addressed, StringComparison.Ordinal);
        Assert.Contains(" 72058143793676288:uint64 int64) int64) { (send 0 1) })", addressed, StringComparison.Ordinal);
        Assert.Contains("(Equal (load Context ctx+32 2 uint16) 10 int64)", Queries.Text(Kernel.Tracepoint<TcpRetransmitSkb>().Where(e => e.Family == AddressFamily.InterNetworkV6).Select(e => 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_latency_is_two_probes()
    {
        string text = Queries.Text(Kernel.Latency(Kernel.Tracepoint<SysEnter>().Where(e => e.Number == 0), Kernel.Tracepoint<SysExit>(), e => e.ThreadId).Histogram(e => e.Nanoseconds));
        Assert.Equal(
            "(if (Equal (load Context ctx+8 8 int64) 0 int64) { (set @start[(cast ThreadId:uint32 int32)] Nanoseconds:uint64) })\n"
            + "(set $.1:uint64 @start[(cast ThreadId:uint32 int32)]:uint64) (if $.1:uint64 { (set $.2:uint64 (Subtract.u Nanoseconds:uint64 $.1:uint64 uint64))"
            + " (delete @start[(cast ThreadId:uint32 int32)]) (hist() @result (cast $.2:uint64 int64)) })",
            text);
    }
}
