namespace Sonde.Telemetry.Console;

/// <summary>
/// Takes lines from the tracer's thread and writes them to a stream from a thread of its own, in batches.
/// Between the two lies a ring of fixed size: when the stream's reader is slow, the oldest lines are dropped and counted.
/// </summary>
internal sealed class LineWriter : IAsyncDisposable
{
    private const int LengthPrefix = sizeof(int);
    private const int BatchSize = 64 * 1024;
    private const int WakeAt = 32 * 1024;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);

    private readonly object _gate = new();
    private readonly Stream _stream;
    private readonly byte[] _ring;
    private readonly Thread _thread;
    private readonly TaskCompletionSource<IOException> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _drained;
    private byte[] _batch = new byte[BatchSize];
    private int _head;
    private int _used;
    private int _lines;
    private bool _ending;
    private long _lost;

    /// <param name="stream">Where the lines go; it is not closed.</param>
    /// <param name="capacity">Bytes that may wait.</param>
    public LineWriter(Stream stream, int capacity)
    {
        _stream = stream;
        _ring = new byte[capacity];
        _thread = new Thread(Run) { IsBackground = true, Name = "sonde-console" };
        _thread.Start();
    }

    /// <summary>Lines that were dropped because the reader was slow, or gone.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Completes with the reason when nothing can be written any more: the pipe's reader has gone, the disk is full.</summary>
    public Task<IOException> Closed => _closed.Task;

    /// <summary>Queues a line, its newline included. Waits for nothing but a copy of at most one batch.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        int needed = LengthPrefix + line.Length;
        lock (_gate)
        {
            if (_ending || needed > _ring.Length)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            while (_ring.Length - _used < needed)
            {
                Skip(LengthPrefix + PeekLength());
                _lines--;
                Interlocked.Increment(ref _lost);
            }

            int before = _used;
            Span<byte> prefix = stackalloc byte[LengthPrefix];
            BitConverter.TryWriteBytes(prefix, line.Length);
            Append(prefix);
            Append(line);
            _lines++;
            if (before == 0 || (before < WakeAt && _used >= WakeAt))
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Completes when everything queued so far is written, or the time is over.</summary>
    public async Task FlushAsync(TimeSpan within)
    {
        Task drained;
        lock (_gate)
        {
            if (Closed.IsCompleted)
            {
                return;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drained = _drained.Task;
            Monitor.Pulse(_gate);
        }

        await Task.WhenAny(drained, Closed, Task.Delay(within)).ConfigureAwait(false);
    }

    /// <summary>Ends the thread after the batch that it is writing; what was not flushed before is lost.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            End();
            Monitor.Pulse(_gate);
        }

        return ValueTask.CompletedTask;
    }

    private void Run()
    {
        try
        {
            for (int length = Next(); length > 0; length = Next())
            {
                _stream.Write(_batch, 0, length);
                _stream.Flush();
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            lock (_gate)
            {
                End();
            }

            _closed.TrySetResult(exception as IOException ?? new IOException(exception.Message, exception));
        }
    }

    private void End()
    {
        Interlocked.Add(ref _lost, _lines);
        (_used, _lines, _ending) = (0, 0, true);
    }

    /// <summary>Waits for lines, and a moment more for their company; then copies what fits into the batch. 0 at the end.</summary>
    private int Next()
    {
        lock (_gate)
        {
            while (_used == 0)
            {
                _drained?.TrySetResult();
                _drained = null;
                if (_ending)
                {
                    return 0;
                }

                Monitor.Wait(_gate);
            }

            if (_used < WakeAt && _drained is null && !_ending)
            {
                Monitor.Wait(_gate, Gathering);
            }

            return TakeBatch();
        }
    }

    private int TakeBatch()
    {
        int length = 0;
        while (_used > 0)
        {
            int line = PeekLength();
            if (length > 0 && length + line > _batch.Length)
            {
                break;
            }

            if (line > _batch.Length)
            {
                _batch = new byte[line];
            }

            Skip(LengthPrefix);
            CopyOut(_batch.AsSpan(length, line));
            Skip(line);
            length += line;
            _lines--;
        }

        return length;
    }

    private int PeekLength()
    {
        Span<byte> prefix = stackalloc byte[LengthPrefix];
        CopyOut(prefix);
        return BitConverter.ToInt32(prefix);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        int tail = (_head + _used) % _ring.Length;
        int first = Math.Min(bytes.Length, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..].CopyTo(_ring);
        _used += bytes.Length;
    }

    private void CopyOut(Span<byte> destination)
    {
        int first = Math.Min(destination.Length, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(destination);
        _ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    private void Skip(int count)
    {
        _used -= count;
        // From the beginning again whenever it is empty: memory that no burst has needed is never touched.
        _head = _used == 0 ? 0 : (_head + count) % _ring.Length;
    }
}
