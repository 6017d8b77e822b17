using System.Buffers;
using System.Globalization;
using System.Text;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Spans;

namespace Sonde.Agent.Top;

/// <summary>What the services are sorted by.</summary>
internal enum TopOrder
{
    Rate,
    Errors,
    P99,
    Slowest,
    Name,
}

/// <summary>Lays the figures out as a table, and holds what the keys change of it.</summary>
internal sealed class TopView(Palette palette)
{
    private const int LinesAround = 5;

    private readonly HashSet<(string Name, SpanKind Kind)> _open = [];
    private readonly ArrayBufferWriter<byte> _output = new(8192);
    private (string Name, SpanKind Kind) _selected;
    private TopOrder _order;
    private IReadOnlyList<ServiceFigures> _services = [];

    /// <summary>Takes new figures.</summary>
    public void Update(IReadOnlyList<ServiceFigures> services)
    {
        _services = [.. Sorted(services)];
        if (_services.Count > 0 && !_services.Any(service => Key(service) == _selected))
        {
            _selected = Key(_services[0]);
        }
    }

    /// <summary>Does what a key asks for.</summary>
    /// <returns>False when it asks to end.</returns>
    public bool Press(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.Q or ConsoleKey.Escape:
                return false;
            case ConsoleKey.S:
                _order = (TopOrder)(((int)_order + 1) % Enum.GetValues<TopOrder>().Length);
                Update(_services);
                break;
            case ConsoleKey.UpArrow:
                Move(-1);
                break;
            case ConsoleKey.DownArrow:
                Move(1);
                break;
            case ConsoleKey.RightArrow:
                _open.Add(_selected);
                break;
            case ConsoleKey.LeftArrow:
                _open.Remove(_selected);
                break;
            case ConsoleKey.Enter or ConsoleKey.Spacebar:
                if (!_open.Remove(_selected))
                {
                    _open.Add(_selected);
                }

                break;
        }

        return true;
    }

    /// <summary>The whole screen: written over the one before, line by line, so that nothing flickers.</summary>
    /// <param name="columns">The terminal's width.</param>
    /// <param name="lines">The terminal's height.</param>
    /// <returns>UTF-8, valid until the next call.</returns>
    public ReadOnlySpan<byte> Screen(int columns, int lines)
    {
        _output.ResetWrittenCount();
        _output.Write("\e[H"u8);
        WriteTable(columns, Math.Max(1, lines - LinesAround), "\e[K\n"u8, interactive: true);
        _output.Write("\e[J\n"u8);
        foreach ((string key, string meaning) in (ReadOnlySpan<(string, string)>)[("↑↓", "select"), ("→←", "routes"), ("s", "sort"), ("q", "quit")])
        {
            WriteText($" {key}", palette.Bold);
            WriteText($" {meaning} ", palette.Dim);
        }

        return _output.WrittenSpan;
    }

    /// <summary>The table alone, with the names of every service.</summary>
    /// <param name="columns">The width to use.</param>
    /// <returns>UTF-8, valid until the next call.</returns>
    public ReadOnlySpan<byte> Report(int columns)
    {
        _output.ResetWrittenCount();
        _open.UnionWith(_services.Select(Key));
        WriteTable(columns, int.MaxValue, "\n"u8, interactive: false);
        return _output.WrittenSpan;
    }

    private void WriteTable(int columns, int lines, ReadOnlySpan<byte> newLine, bool interactive)
    {
        WriteHeading();
        _output.Write(newLine);
        _output.Write(newLine);
        List<Row> rows = [.. Rows(interactive)];
        var layout = new TopColumns(columns, rows.Select(row => DisplayText.Width(Encoding.UTF8.GetBytes(row.Name))).DefaultIfEmpty().Max(), palette);
        layout.WriteTitles(_order, _output);
        _output.Write(newLine);
        int selected = rows.FindIndex(row => row.IsSelected);
        int first = lines >= rows.Count ? 0 : Math.Clamp(selected - (lines / 2), 0, rows.Count - lines);
        foreach (Row row in rows.Skip(first).Take(lines))
        {
            layout.Write(row.Marker, row.Name, row.Style, row.Figures, row.Request, _output);
            _output.Write(newLine);
        }
    }

    private static string Describe(SlowRequest slowest) =>
        slowest.Cause is null ? slowest.Name ?? "" : $"{slowest.Name}  {slowest.Cause}";

    private IEnumerable<Row> Rows(bool interactive)
    {
        foreach (ServiceFigures service in _services)
        {
            bool selected = interactive && Key(service) == _selected;
            string marker = $"{(selected ? '▸' : ' ')} {(IsCaller(service) ? '→' : '←')} ";
            byte[] style = palette.Service(Encoding.UTF8.GetBytes(service.Name));
            yield return new Row(marker, service.Name, style, service.Figures, Describe(service.Figures.Slowest), selected);
            if (_open.Contains(Key(service)))
            {
                foreach (NameFigures name in service.Names.OrderByDescending(name => Rank(name.Figures)).ThenBy(name => name.Name, StringComparer.Ordinal))
                {
                    yield return new Row("    ", $"  {name.Name}", palette.Plain, name.Figures, name.Figures.Slowest.Cause ?? "", IsSelected: false);
                }
            }
        }
    }

    private void WriteHeading()
    {
        double served = _services.Where(service => !IsCaller(service)).Sum(service => service.Figures.Rate);
        double called = _services.Where(IsCaller).Sum(service => service.Figures.Rate);
        double errors = _services.Sum(service => service.Figures.Rate * service.Figures.ErrorShare);
        int count = _services.Select(service => service.Name).Distinct().Count();
        WriteText(string.Create(CultureInfo.InvariantCulture, $" {count} {(count == 1 ? "service" : "services")}"), palette.Bold);
        WriteText(string.Create(CultureInfo.InvariantCulture, $"   {served:N1}/s served   {called:N1}/s called"), palette.Plain);
        if (errors > 0)
        {
            WriteText($"   {TopColumns.Share(errors / (served + called))} failing", palette.Bad);
        }
    }

    private void WriteText(string text, byte[] style)
    {
        _output.Write(style);
        _output.Write(Encoding.UTF8.GetBytes(text));
        _output.Write(palette.Reset);
    }

    private void Move(int by)
    {
        int at = _services.ToList().FindIndex(service => Key(service) == _selected);
        if (_services.Count > 0)
        {
            _selected = Key(_services[Math.Clamp(at + by, 0, _services.Count - 1)]);
        }
    }

    private IEnumerable<ServiceFigures> Sorted(IEnumerable<ServiceFigures> services) => _order == TopOrder.Name
        ? services.OrderBy(service => service.Name, StringComparer.Ordinal).ThenBy(service => service.Kind)
        : services.OrderByDescending(service => Rank(service.Figures)).ThenBy(service => service.Name, StringComparer.Ordinal);

    private double Rank(RequestFigures figures) => _order switch
    {
        TopOrder.Errors => figures.ErrorShare,
        TopOrder.P99 => figures.P99,
        TopOrder.Slowest => figures.Slowest.Duration,
        _ => figures.Rate,
    };

    private static bool IsCaller(ServiceFigures service) => service.Kind is SpanKind.Client or SpanKind.Producer;

    private static (string Name, SpanKind Kind) Key(ServiceFigures service) => (service.Name, service.Kind);

    private readonly record struct Row(string Marker, string Name, byte[] Style, RequestFigures Figures, string Request, bool IsSelected);
}
