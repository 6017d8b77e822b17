using System.Buffers;
using System.Globalization;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Console;

/// <summary>How <see cref="ConsoleSpanWriter"/> shows spans.</summary>
public sealed record ConsoleLayout
{
    /// <summary>Whether to use colours.</summary>
    public bool Colour { get; init; }

    /// <summary>The terminal's width in columns, asked for each line.</summary>
    public Func<int> Columns { get; init; } = static () => 120;

    /// <summary>The time zone of the time of day.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Local;

    /// <summary>When more spans come in a second, some are shown and the others counted.</summary>
    public int MaxPerSecond { get; init; } = 200;
}

/// <summary>
/// Writes each span as a line for a person. Calls end before the request that makes them, so a span whose parent is Sonde's own
/// waits a moment for it and is shown below it.
/// </summary>
public sealed class ConsoleSpanWriter : ISpanWriter
{
    private const int QueueCapacity = 256 * 1024;
    private const int MaxWaiting = 256;
    private const int MaxDepth = 8;
    private const int WaitForParent = 500;
    private const int Tick = 250;

    private readonly Lock _gate = new();
    private readonly SpanFilter _filter;
    private readonly Func<int> _columns;
    private readonly SpanLineFormatter _formatter;
    private readonly Pace _pace;
    private readonly LineWriter _lines;
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly List<SpanLine> _waiting = new(MaxWaiting);
    private readonly Stack<SpanLine> _free = new(MaxWaiting);
    private readonly List<(SpanLine Line, SpanLine? Parent, int Depth)> _family = new(MaxWaiting);
    private readonly SpanLine _current = new();
    private readonly Timer _timer;
    private bool _ticking;
    private int _hidden;
    private long _hiddenSince;

    /// <param name="stream">Where the lines go; it is not closed.</param>
    /// <param name="filter">Which spans are shown.</param>
    /// <param name="layout">How they are shown.</param>
    public ConsoleSpanWriter(Stream stream, SpanFilter filter, ConsoleLayout layout)
    {
        _filter = filter;
        _columns = layout.Columns;
        _formatter = new SpanLineFormatter(new Palette(layout.Colour), layout.TimeZone);
        _pace = new Pace(layout.MaxPerSecond);
        _lines = new LineWriter(stream, QueueCapacity);
        _timer = new Timer(static state => ((ConsoleSpanWriter)state!).OnTick(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <inheritdoc/>
    public long Lost => _lines.Lost;

    /// <inheritdoc/>
    public Task<IOException> Closed => _lines.Closed;

    /// <inheritdoc/>
    public void Export(SpanData span)
    {
        if (!_filter.Accepts(span))
        {
            return;
        }

        long now = Environment.TickCount64;
        lock (_gate)
        {
            if (span.ParentSpanId.IsValid && !span.ParentIsRemote)
            {
                Wait(span, now);
            }
            else
            {
                _current.Set(span);
                ShowOrHide(_current, now);
            }
        }
    }

    /// <inheritdoc/>
    public Task FlushAsync(TimeSpan within)
    {
        lock (_gate)
        {
            ShowWaiting(long.MaxValue, Environment.TickCount64);
            ShowHidden();
        }

        return _lines.FlushAsync(within);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _lines.DisposeAsync().ConfigureAwait(false);
    }

    private void Wait(SpanData span, long now)
    {
        if (_waiting.Count == MaxWaiting)
        {
            ShowWaiting(_waiting[0].Deadline, now);
        }

        SpanLine line = _free.Count > 0 ? _free.Pop() : new SpanLine();
        line.Set(span);
        line.Deadline = now + WaitForParent;
        _waiting.Add(line);
        StartTicking();
    }

    /// <summary>Shows those that have waited long enough. One whose parent waits too is shown below it, whatever came first.</summary>
    private void ShowWaiting(long until, long now)
    {
        while (_waiting.Count > 0 && _waiting[0].Deadline <= until)
        {
            SpanLine first = _waiting[0];
            for (int depth = 0; depth < MaxDepth && IndexOf(first.TraceId, first.ParentSpanId) is >= 0 and int parent; depth++)
            {
                first = _waiting[parent];
            }

            _waiting.Remove(first);
            ShowOrHide(first, now);
            _free.Push(first);
        }
    }

    /// <summary>Shows a line and, below it, those that waited for it; or none of them, when there is too much to read.</summary>
    private void ShowOrHide(SpanLine line, long now)
    {
        Gather(line, null, 0);
        if (_pace.Shows(now, _family.Count))
        {
            foreach ((SpanLine member, SpanLine? parent, int depth) in _family)
            {
                _buffer.ResetWrittenCount();
                _formatter.Write(member, parent, depth, _columns(), _buffer);
                _lines.Write(_buffer.WrittenSpan);
            }
        }
        else
        {
            Hide(_family.Count, now);
        }

        for (int i = 1; i < _family.Count; i++)
        {
            _free.Push(_family[i].Line);
        }

        _family.Clear();
    }

    /// <summary>Takes a line's descendants from those that wait, in the order in which they are shown.</summary>
    private void Gather(SpanLine line, SpanLine? parent, int depth)
    {
        _family.Add((line, parent, depth));
        for (int i = 0; i < _waiting.Count && depth < MaxDepth; i++)
        {
            if (_waiting[i].ParentSpanId == line.SpanId && _waiting[i].TraceId == line.TraceId)
            {
                SpanLine child = _waiting[i];
                _waiting.RemoveAt(i);
                Gather(child, line, depth + 1);
                i = -1; // The child's own children are gone from the list as well.
            }
        }
    }

    private int IndexOf(TraceId trace, SpanId span)
    {
        for (int i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].SpanId == span && _waiting[i].TraceId == trace)
            {
                return i;
            }
        }

        return -1;
    }

    private void Hide(int count, long now)
    {
        if (_hidden == 0)
        {
            _hiddenSince = now;
            StartTicking();
        }

        _hidden += count;
    }

    private void ShowHidden()
    {
        if (_hidden > 0)
        {
            _buffer.ResetWrittenCount();
            string spans = _hidden == 1 ? "span" : "spans";
            _formatter.WriteRemark(string.Create(CultureInfo.InvariantCulture, $"… {_hidden:N0} more {spans} not shown"), _columns(), _buffer);
            _lines.Write(_buffer.WrittenSpan);
            _hidden = 0;
        }
    }

    private void StartTicking()
    {
        if (!_ticking)
        {
            _ticking = true;
            _timer.Change(Tick, Tick);
        }
    }

    private void OnTick()
    {
        lock (_gate)
        {
            long now = Environment.TickCount64;
            ShowWaiting(now, now);
            if (now - _hiddenSince >= 1000)
            {
                ShowHidden();
            }

            if (_waiting.Count == 0 && _hidden == 0)
            {
                _ticking = false;
                _timer.Change(Timeout.Infinite, Timeout.Infinite);
            }
        }
    }
}
