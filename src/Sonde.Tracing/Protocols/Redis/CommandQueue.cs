using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Redis;

/// <summary>A command that waits for its answer.</summary>
internal struct PendingCommand
{
    /// <summary>Its span; of a transaction's commands only the last has it.</summary>
    public SpanData? Span { get; set; }

    public CommandKind Kind { get; set; }

    /// <summary>The database that it chooses; null: it chooses none.</summary>
    public int? Database { get; set; }

    /// <summary>Whether it ends a transaction, and the span is that one's.</summary>
    public bool IsTransaction { get; set; }

    /// <summary>How many answers are still to come.</summary>
    public int Answers { get; set; }

    /// <summary>Whether <see cref="IConversation.Received"/> has been told.</summary>
    public bool IsReceived { get; set; }

    /// <summary>Whether <see cref="IConversation.Answering"/> has been told.</summary>
    public bool IsAnswering { get; set; }
}

/// <summary>The unanswered commands of a connection, in the order in which they are answered.</summary>
internal sealed class CommandQueue
{
    /// <summary>More than a client has under way whose commands are all captured; beyond it the connection's place is lost.</summary>
    public const int Capacity = 4096;

    // The length is a power of two.
    private PendingCommand[] _items = new PendingCommand[4];
    private int _first;

    public int Count { get; private set; }

    /// <summary>How many commands were ever added.</summary>
    public ulong Added { get; private set; }

    public ref PendingCommand Front => ref _items[_first];

    public ref PendingCommand Back => ref _items[(_first + Count - 1) & (_items.Length - 1)];

    public void Add(in PendingCommand command)
    {
        if (Count == _items.Length)
        {
            var grown = new PendingCommand[Count * 2];
            for (int i = 0; i < Count; i++)
            {
                grown[i] = _items[(_first + i) & (Count - 1)];
            }

            _items = grown;
            _first = 0;
        }

        Count++;
        Added++;
        Back = command;
    }

    /// <summary>Whether the command that was added as the given one is still there.</summary>
    public bool Holds(ulong number) => number > Added - (ulong)Count && number <= Added;

    public PendingCommand Take()
    {
        PendingCommand front = Front;
        Front = default;
        _first = (_first + 1) & (_items.Length - 1);
        Count--;
        return front;
    }
}
