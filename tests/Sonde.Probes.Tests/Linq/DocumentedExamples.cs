using System.Net;
using System.Net.Sockets;
using Sonde.Probes.Linq;
using Sonde.Probes.Linq.Events;

namespace Sonde.Probes.Tests.Linq;

/// <summary>The examples of docs/csharp.md that no sample has: compiled, and translated for this kernel.</summary>
public sealed class DocumentedExamples
{
    [Fact]
    public void Counting()
    {
        using var retransmissions = Kernel.Tracepoint<TcpRetransmitSkb>()
            .Where(e => e.Family == AddressFamily.InterNetwork)
            .GroupBy(e => new { e.SourcePort, e.DestinationPort, e.State })
            .Count();
        Assert.NotEmpty(Queries.Text(retransmissions));
    }

    [Fact]
    public void Own_records()
    {
        using var bytes = Kernel.Function<TcpSend>()
            .Where(e => e.RemotePort == 443)
            .GroupBy(e => e.ProcessName)
            .Sum(e => e.Size);
        Assert.Contains("sum() @result", Queries.Text(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_from_around_the_query()
    {
        IPAddress gateway = IPAddress.Parse("10.0.0.1");
        ushort[] ports = [80, 443];
        var query = Kernel.Tracepoint<TcpRetransmitSkb>()
            .Where(e => e.DestinationAddress.Equals(gateway) && ports.Contains(e.DestinationPort))
            .Select(e => new { e.ProcessName, e.SourcePort });
        Assert.NotEmpty(Queries.Text(query));
    }

    [Fact]
    public async Task Events_one_by_one()
    {
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TellAsync(stop.Token));
    }

    private static async Task TellAsync(CancellationToken cancellation)
    {
        var programs = Kernel.Tracepoint<SchedProcessExec>().Select(e => new { e.ProcessId, e.FileName });
        await foreach (var program in programs.WithCancellation(cancellation))
        {
            Console.WriteLine($"{program.ProcessId} {program.FileName}");
        }
    }

    [Fentry("tcp_sendmsg")]
    public sealed record TcpSend : KernelEvent
    {
        [Field("sk->__sk_common.skc_dport", IsNetworkOrder = true)]
        public ushort RemotePort { get; init; }

        [Field("size")]
        public long Size { get; init; }
    }
}
