using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Export;

/// <summary>
/// Sends spans over OTLP in batches. A span is encoded at once, on the caller's thread, into the batch that is being
/// filled; one background task puts requests together and sends them, one at a time. The queue is bounded: when it is full,
/// the oldest batch is dropped and counted.
/// </summary>
public sealed class BatchSpanExporter : ISpanExporter
{
    /// <summary>Below the 4 MiB that a gRPC server takes by default, with room for resources.</summary>
    private const int MaxBatchBytes = 1024 * 1024;

    private const int MinQueueBytes = 256 * 1024;

    /// <summary>Empty batches that are kept: one to fill while another is sent.</summary>
    private const int MaxSpare = 2;

    private static readonly TimeSpan s_disposeLimit = TimeSpan.FromSeconds(5);

    /// <summary>A delay of zero must not become a busy loop.</summary>
    private static readonly TimeSpan s_shortestDelay = TimeSpan.FromMilliseconds(10);

    private readonly BatchSettings _settings;
    private readonly OtlpSender _sender;
    private readonly Action<string> _log;
    private readonly int _batchSpans;
    private readonly int _batchBytes;
    private readonly long _queueBytes;
    private readonly Lock _lock = new();
    private readonly Queue<SpanBatch> _full = new();
    private readonly Stack<SpanBatch> _spare = new();
    private readonly List<(long Sequence, TaskCompletionSource Done)> _flushes = [];
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ProtobufWriter _request = new(4096);
    private readonly Task _sending;
    private SpanBatch? _current;
    private int _waitingSpans;
    private long _waitingBytes;
    private int _inFlight;
    private long _sequence;
    private bool _stopped;

    /// <summary>Starts the exporter. Nothing is connected before the first span.</summary>
    /// <param name="otlp">Where spans are sent.</param>
    /// <param name="settings">How they are batched.</param>
    /// <param name="log">Takes lines for a person, from any thread.</param>
    /// <exception cref="OtlpSettingsException">A certificate or a key cannot be used.</exception>
    public BatchSpanExporter(OtlpSettings otlp, BatchSettings settings, Action<string> log)
    {
        _settings = settings;
        _log = log;
        _sender = new OtlpSender(OtlpTransport.Create(otlp), Counters, log);
        _queueBytes = Math.Max(MinQueueBytes, (long)settings.MaxQueueSize * BatchSettings.BytesPerSpan);

        // At least four batches fill the queue, so that dropping the oldest drops a quarter of it at most.
        _batchSpans = Math.Max(1, Math.Min(settings.MaxExportBatchSize, settings.MaxQueueSize / 4));
        _batchBytes = (int)Math.Min(MaxBatchBytes, _queueBytes / 4);
        _sending = Task.Run(SendAllAsync);
    }

    /// <summary>What became of the spans.</summary>
    public ExportCounters Counters { get; } = new();

    /// <inheritdoc/>
    public void Export(SpanData span)
    {
        lock (_lock)
        {
            if (_stopped)
            {
                Counters.AddDropped(1);
                return;
            }

            MakeRoom();
            SpanBatch batch = _current ??= TakeSpare();
            int before = batch.Bytes;
            batch.Add(span);
            _waitingSpans++;
            _waitingBytes += batch.Bytes - before;
            if (batch.IsFull)
            {
                CloseCurrent();
                Wake();
            }

            CountQueued();
        }
    }

    /// <inheritdoc/>
    public async Task FlushAsync(TimeSpan within)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            CloseCurrent();
            _flushes.Add((_sequence, flushed));
            Wake();
            _sender.Hurry();
        }

        await Task.WhenAny(flushed.Task, Task.Delay(within)).ConfigureAwait(false);
    }

    /// <summary>Sends what is pending, for 5 seconds at most; what could not be sent is counted as dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        await FlushAsync(s_disposeLimit).ConfigureAwait(false);
        long dropped = Counters.Dropped;
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            Counters.AddDropped(_waitingSpans);
            _waitingSpans = 0;
            _full.Clear();
            _current = null;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        Counters.SetQueued(0);
        if (Counters.Dropped > dropped)
        {
            _log($"{Counters.Dropped - dropped} spans could not be sent before the end and are lost");
        }

        _sender.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task SendAllAsync()
    {
        TimeSpan delay = _settings.ScheduleDelay > s_shortestDelay ? _settings.ScheduleDelay : s_shortestDelay;
        bool due = false;
        while (!_stop.IsCancellationRequested)
        {
            while (TakeNext(due) is { } batch)
            {
                await SendAsync(batch).ConfigureAwait(false);
                due = false;
            }

            try
            {
                // Not woken within the delay: what is there has waited long enough.
                due = !await _wake.WaitAsync(delay, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task SendAsync(SpanBatch batch)
    {
        int spans = batch.Count;
        _request.Clear();
        batch.WriteRequest(_request);
        lock (_lock)
        {
            GiveBack(batch);
        }

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        giveUp.CancelAfter(_settings.ExportTimeout);
        await _sender.SendAsync(_request.Written, spans, giveUp.Token).ConfigureAwait(false);
        lock (_lock)
        {
            _inFlight = 0;
            CountQueued();
            CompleteFlushes();
        }
    }

    /// <summary>The oldest full batch; when it is due, also the one that is being filled.</summary>
    private SpanBatch? TakeNext(bool due)
    {
        lock (_lock)
        {
            if (due)
            {
                CloseCurrent();
            }

            CompleteFlushes();
            if (!_full.TryDequeue(out SpanBatch? batch))
            {
                return null;
            }

            _waitingSpans -= batch.Count;
            _waitingBytes -= batch.Bytes;
            _inFlight = batch.Count;
            return batch;
        }
    }

    private void CloseCurrent()
    {
        if (_current is { } batch)
        {
            batch.Sequence = ++_sequence;
            _full.Enqueue(batch);
            _current = null;
        }
    }

    /// <summary>Ends the flushes that came after batches of which none is left.</summary>
    private void CompleteFlushes()
    {
        if (_inFlight == 0)
        {
            long left = _full.TryPeek(out SpanBatch? oldest) ? oldest.Sequence : long.MaxValue;
            foreach ((long sequence, TaskCompletionSource done) in _flushes)
            {
                if (sequence < left)
                {
                    done.TrySetResult();
                }
            }

            _flushes.RemoveAll(flush => flush.Done.Task.IsCompleted);
        }
    }

    private void MakeRoom()
    {
        while ((_waitingSpans >= _settings.MaxQueueSize || _waitingBytes >= _queueBytes) && _full.TryDequeue(out SpanBatch? oldest))
        {
            _waitingSpans -= oldest.Count;
            _waitingBytes -= oldest.Bytes;
            Counters.AddDropped(oldest.Count);
            GiveBack(oldest);
        }
    }

    private SpanBatch TakeSpare() => _spare.TryPop(out SpanBatch? batch) ? batch : new SpanBatch(_batchSpans, _batchBytes);

    private void GiveBack(SpanBatch batch)
    {
        if (_spare.Count < MaxSpare && !batch.HasGrown)
        {
            batch.Clear();
            _spare.Push(batch);
        }
    }

    private void CountQueued() => Counters.SetQueued(_waitingSpans + _inFlight);

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }
}
