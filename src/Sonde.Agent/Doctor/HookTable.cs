using Sonde.Bpf.Features;

namespace Sonde.Agent.Doctor;

/// <summary>What Sonde attaches to, and to what else when the best is not there. A tap for other kernels is one row more.</summary>
internal static class HookTable
{
    public static IReadOnlyList<HookPurpose> All { get; } =
    [
        new("see sockets", "every send and receive, with its bytes", LossWithout: null,
        [
            new("tp_btf sock_send_length, sock_recv_length", "",
            [
                FeatureTable.Tracing,
                FeatureTable.Tracepoint("sock_send_length", "the end of a send", "6.3"),
                FeatureTable.Tracepoint("sock_recv_length", "the end of a receive", "6.3"),
            ]),
            new("fexit inet_sendmsg, inet_recvmsg and their like", "address families other than IPv4, IPv6 and Unix are not seen",
            [
                FeatureTable.FunctionExit,
                FeatureTable.Function("inet_sendmsg", "the end of a send"),
                FeatureTable.Function("inet_recvmsg", "the end of a receive"),
            ]),
        ]),
        new("connection role", "who connected and who listened", "who is client and who is server is told by what they say alone",
        [
            new("tp_btf inet_sock_set_state, tcp_destroy_sock", "",
            [
                FeatureTable.Tracing,
                FeatureTable.Tracepoint("inet_sock_set_state", "a TCP connection changes state", "4.16"),
                FeatureTable.Tracepoint("tcp_destroy_sock", "a TCP socket ends", "4.16"),
            ]),
        ]),
        new("processes", "new and ended processes are known at once", "processes are found when they first speak and forgotten late",
        [
            new("tp_btf sched_process_exec, sched_process_exit", "",
            [
                FeatureTable.Tracing,
                FeatureTable.Tracepoint("sched_process_exec", "a process runs a new program"),
                FeatureTable.Tracepoint("sched_process_exit", "a thread ends"),
            ]),
        ]),
        new("read encrypted traffic", "requests at the functions of TLS libraries", "encrypted requests are not seen",
        [
            new("uprobe_multi SSL_read, SSL_write and their like", "", [FeatureTable.UprobeMulti, FeatureTable.TaskStorage]),
            new("uprobe SSL_read, SSL_write and their like", "attaching to a library takes longer", [FeatureTable.Uprobe, FeatureTable.TaskStorage]),
        ]),
        new("account of time", "what became of a request's time: on CPU, run queue, disk, locks, network, sleep", "spans do not say why they were slow",
        [
            new("tp_btf sched_switch, tcp_retransmit_skb", "",
            [
                FeatureTable.Tracing,
                FeatureTable.TaskStorage,
                FeatureTable.Tracepoint("sched_switch", "a thread leaves its processor"),
                FeatureTable.Tracepoint("tcp_retransmit_skb", "a TCP segment is sent again", "4.16"),
            ]),
        ]),
        new("sweep", FeatureTable.SocketStorageIterator.Meaning, "an exchange is told of only when the next one on its connection begins",
        [
            new(FeatureTable.SocketStorageIterator.Name, "", [FeatureTable.SocketStorageIterator]),
        ]),
    ];
}
