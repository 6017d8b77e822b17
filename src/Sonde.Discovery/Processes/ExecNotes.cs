using System.Buffers.Binary;
using System.Text;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Processes;

/// <summary>
/// What processes were started as, for those that are gone before anyone asks. A ring of bytes: a new note overwrites the oldest ones,
/// so that writing costs a copy and nothing else, however many processes a machine starts.
/// </summary>
/// <remarks>Each note is the process id, two lengths of two bytes, the program and the arguments, wrapped around the ring's end.</remarks>
internal sealed class ExecNotes
{
    /// <summary>How much of a program's path and of its arguments is kept, in bytes.</summary>
    public const int MaxProgram = 512;

    /// <inheritdoc cref="MaxProgram"/>
    public const int MaxArguments = 1024;

    private const int HeaderBytes = 8;

    private readonly byte[] _ring;
    private readonly int _capacity;
    private readonly Dictionary<uint, long> _positions;
    private readonly Queue<long> _order;
    private long _end;

    /// <param name="bytes">Size of the ring; at least room for one note.</param>
    /// <param name="count">How many notes are kept at most.</param>
    public ExecNotes(int bytes = 512 * 1024, int count = 4096)
    {
        _ring = new byte[Math.Max(bytes, HeaderBytes + MaxProgram + MaxArguments)];
        _capacity = count;
        _positions = new Dictionary<uint, long>(count + 1);
        _order = new Queue<long>(count + 1);
    }

    /// <summary>How many notes are kept now.</summary>
    public int Count => _positions.Count;

    /// <summary>Keeps a note; what was noted for the id before is void.</summary>
    public void Add(uint pid, ReadOnlySpan<byte> program, ReadOnlySpan<byte> arguments)
    {
        // The end of a path names the program.
        program = program.Length > MaxProgram ? program[^MaxProgram..] : program;
        // The last argument that fits in part is left out when the note is read.
        arguments = arguments.Length > MaxArguments ? arguments[..MaxArguments] : arguments;
        var length = HeaderBytes + program.Length + arguments.Length;
        while (_order.TryPeek(out var oldest) && (_order.Count >= _capacity || _end + length - oldest > _ring.Length))
        {
            _order.Dequeue();
            Forget(oldest);
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, pid);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)program.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)arguments.Length);
        _positions[pid] = _end;
        _order.Enqueue(_end);
        Write(header);
        Write(program);
        Write(arguments);
    }

    /// <summary>What a process was started as.</summary>
    /// <returns>False when there is no note of it (any more).</returns>
    public bool TryFind(uint pid, out string program, out string[] arguments)
    {
        program = "";
        arguments = [];
        if (!_positions.TryGetValue(pid, out var position))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxArguments];
        Read(position, bytes[..HeaderBytes]);
        int programLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        int argumentsLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        Read(position + HeaderBytes, bytes[..programLength]);
        program = Encoding.UTF8.GetString(bytes[..programLength].TrimEnd((byte)0));
        Read(position + HeaderBytes + programLength, bytes[..argumentsLength]);
        arguments = ArgumentVector.Parse(bytes[..argumentsLength], cut: true);
        return true;
    }

    private void Forget(long position)
    {
        Span<byte> id = stackalloc byte[sizeof(uint)];
        Read(position, id);
        var pid = BinaryPrimitives.ReadUInt32LittleEndian(id);
        // A later note of the same id stays.
        if (_positions.TryGetValue(pid, out var current) && current == position)
        {
            _positions.Remove(pid);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        var at = (int)(_end % _ring.Length);
        var first = Math.Min(bytes.Length, _ring.Length - at);
        bytes[..first].CopyTo(_ring.AsSpan(at));
        bytes[first..].CopyTo(_ring);
        _end += bytes.Length;
    }

    private void Read(long position, Span<byte> into)
    {
        var at = (int)(position % _ring.Length);
        var first = Math.Min(into.Length, _ring.Length - at);
        _ring.AsSpan(at, first).CopyTo(into);
        _ring.AsSpan(0, into.Length - first).CopyTo(into[first..]);
    }
}
