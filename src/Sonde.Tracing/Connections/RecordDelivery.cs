using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Connections;

/// <summary>Gives each connection its records in the order in which the kernel numbered them.</summary>
internal sealed class RecordDelivery(IConnectionHost host, ConnectionTable connections)
{
    /// <summary>How long records of a TLS session wait for its socket to be found, nanoseconds. Mostly it is found first.</summary>
    private const ulong UnboundPatience = 10_000_000_000;

    /// <summary>Takes a record of a connection, whole, as it came out of the ring.</summary>
    public void Read(ReadOnlySpan<byte> record)
    {
        switch ((RecordKind)record[0])
        {
            case RecordKind.Fragment:
                ref readonly FragmentRecord fragment = ref MemoryMarshal.AsRef<FragmentRecord>(record);
                Connection? connection = connections.Find(fragment.Exchange)
                    ?? (IsOfSession(fragment.Exchange) ? connections.Await(host, fragment.Exchange) : null);
                if (connection is null)
                {
                    // Its introduction was lost, or refused: until the next one it says nothing of whose it is.
                    host.Counters.Missed(1);
                    return;
                }

                Arrange(record, fragment.Sequence, fragment.Time, connection);
                break;
            case RecordKind.Progress:
                ref readonly ProgressRecord progress = ref MemoryMarshal.AsRef<ProgressRecord>(record);
                Arrange(record, progress.Sequence, progress.Time, connections.Find(progress.Exchange));
                break;
            case RecordKind.Connection:
                if (connections.Introduce(host, MemoryMarshal.AsRef<ConnectionRecord>(record)) is { } waiting)
                {
                    DeliverHeld(waiting);
                }

                break;
        }
    }

    /// <summary>Gives up the gaps before records that came before the given time, nanoseconds of the monotonic clock.</summary>
    public void GiveUpGapsBefore(ulong time)
    {
        foreach (Connection connection in connections.TakeHeldBefore(time, time > UnboundPatience ? time - UnboundPatience : 0))
        {
            RecordSequence sequence = connection.Sequence;
            if (!connection.IsIntroduced)
            {
                GiveUp(connection);
                continue;
            }

            while (sequence.HeldSince != 0 && sequence.HeldSince <= time && GiveUpGap(connection))
            {
                // There may be another gap behind.
            }

            if (sequence.HeldSince != 0)
            {
                connections.Held(connection);
            }
        }
    }

    private static bool IsOfSession(ulong exchange) => (exchange >> (int)Limits.OrdinalBits + (int)Limits.SessionBit & 1) != 0;

    private void Arrange(ReadOnlySpan<byte> record, uint sequence, ulong time, Connection? connection)
    {
        if (connection is null)
        {
            return;
        }

        if (!connection.IsIntroduced)
        {
            Await(record, sequence, time, connection);
            return;
        }

        int ahead = connection.Sequence.Compare(sequence);
        while (ahead > 0 && connection.Sequence.IsFull)
        {
            if (!GiveUpGap(connection))
            {
                return;
            }

            ahead = connection.Sequence.Compare(sequence);
        }

        if (ahead < 0)
        {
            // Its gap was given up before it came.
            host.Counters.Missed(1);
            return;
        }

        if (ahead > 0)
        {
            connection.Sequence.Hold(sequence, record, time);
            connections.Held(connection);
            return;
        }

        if (Deliver(connection, record))
        {
            DeliverHeld(connection);
        }
    }

    /// <summary>Gives a record to its connection; false when that was the connection's last.</summary>
    private bool Deliver(Connection connection, ReadOnlySpan<byte> record)
    {
        if ((RecordKind)record[0] == RecordKind.Fragment)
        {
            ref readonly FragmentRecord fragment = ref MemoryMarshal.AsRef<FragmentRecord>(record);
            var flags = (FragmentFlags)fragment.Flags;
            uint missing = connection.Sequence.Advance(fragment.Piece, isLast: (flags & FragmentFlags.More) == 0);
            if (missing > 0)
            {
                host.Counters.Missed(missing);
                connection.Resynchronize();
            }

            ulong notAfter = (flags & FragmentFlags.Late) != 0 ? connection.Sequence.NotAfter : ulong.MaxValue;
            ReadOnlySpan<byte> rest = record[Unsafe.SizeOf<FragmentRecord>()..];
            ref readonly Mark mark = ref MemoryMarshal.AsRef<Mark>(rest);
            connection.Read(fragment, mark, rest.Slice(Unsafe.SizeOf<Mark>(), (int)fragment.Length), notAfter);
            return true;
        }

        ref readonly ProgressRecord progress = ref MemoryMarshal.AsRef<ProgressRecord>(record);
        connection.Sequence.Advance(piece: 0, isLast: true);
        connection.Progress(progress);
        if ((ProgressReason)progress.Reason != ProgressReason.Closed)
        {
            return true;
        }

        connection.Close();
        connections.Remove(connection);
        return false;
    }

    /// <summary>Delivers what is next of the held; false when the connection is over.</summary>
    private bool DeliverHeld(Connection connection)
    {
        while (connection.Sequence.TryTake(out HeldRecord held))
        {
            bool goesOn = Deliver(connection, held.Span);
            ArrayPool<byte>.Shared.Return(held.Bytes);
            if (!goesOn)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Holds a TLS session's record back until it is known whose it is.</summary>
    private void Await(ReadOnlySpan<byte> record, uint sequence, ulong time, Connection connection)
    {
        bool isLast = (RecordKind)record[0] == RecordKind.Progress && MemoryMarshal.AsRef<ProgressRecord>(record).Reason == (byte)ProgressReason.Closed;
        if (isLast || connection.Sequence.IsFull)
        {
            GiveUp(connection);
            return;
        }

        connection.Sequence.Hold(sequence, record, time);
        connections.Held(connection);
    }

    /// <summary>Whose the session is does not come out: nothing is made of it.</summary>
    private void GiveUp(Connection connection)
    {
        host.Counters.Unbound(connection.Sequence.Count);
        connections.Remove(connection);
    }

    private bool GiveUpGap(Connection connection)
    {
        host.Counters.Missed(connection.Sequence.SkipGap());
        connection.Resynchronize();
        return DeliverHeld(connection);
    }
}
