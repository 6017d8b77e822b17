using System.Globalization;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Spans;
using Spectre.Console;
using Spectre.Console.Rendering;

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
internal sealed class TopView
{
    private const int LinesAround = 6;
    private const int WideEnoughForTraceId = 140;
    private const ulong Slow = 250_000_000;
    private const ulong VerySlow = 1_000_000_000;

    private readonly HashSet<(string Name, SpanKind Kind)> _open = [];
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

    /// <summary>The whole screen.</summary>
    /// <param name="columns">The terminal's width.</param>
    /// <param name="lines">The terminal's height.</param>
    public IRenderable Screen(int columns, int lines)
    {
        string help = "[bold]↑↓[/] select   [bold]→←[/] routes   [bold]s[/] sort   [bold]q[/] quit";
        return new Rows(Heading(), Text.Empty, Table(columns, Math.Max(3, lines - LinesAround), interactive: true), Text.Empty, new Markup($"[dim]{help}[/]"));
    }

    /// <summary>The table alone, with the names of every service.</summary>
    /// <param name="columns">The width to use.</param>
    public IRenderable Report(int columns)
    {
        _open.UnionWith(_services.Select(Key));
        return new Rows(Heading(), Text.Empty, Table(columns, int.MaxValue, interactive: false));
    }

    private Markup Heading()
    {
        double rate = _services.Sum(service => service.Figures.Rate);
        double errors = _services.Sum(service => service.Figures.Rate * service.Figures.ErrorShare);
        int count = _services.Select(service => service.Name).Distinct().Count();
        string services = count == 1 ? "service" : "services";
        string failing = rate > 0 && errors > 0 ? $"   {Share(errors / rate)} failing" : "";
        return new Markup(string.Create(
            CultureInfo.InvariantCulture, $"[bold]{count} {services}[/]   {rate:N1}/s{failing}   [dim]by {OrderName(_order)}[/]"));
    }

    private Table Table(int columns, int lines, bool interactive)
    {
        bool wide = columns >= WideEnoughForTraceId;
        Table table = new Table().NoBorder().Expand();
        table.AddColumn(Column("SERVICE", TopOrder.Name, Justify.Left));
        table.AddColumn(Column("RATE/S", TopOrder.Rate, Justify.Right));
        table.AddColumn(Column("ERRORS", TopOrder.Errors, Justify.Right));
        table.AddColumn(new TableColumn("[dim]P50[/]").RightAligned().NoWrap());
        table.AddColumn(Column("P99", TopOrder.P99, Justify.Right));
        table.AddColumn(Column("SLOWEST", TopOrder.Slowest, Justify.Right));
        table.AddColumn(new TableColumn("[dim]REQUEST[/]").NoWrap());
        table.AddColumn(new TableColumn("[dim]TRACE[/]").NoWrap());
        foreach (IRenderable[] row in Visible(wide, lines, interactive))
        {
            table.AddRow(row);
        }

        return table;
    }

    /// <summary>The rows that fit, among them the selected one.</summary>
    private IEnumerable<IRenderable[]> Visible(bool wide, int lines, bool interactive)
    {
        var rows = new List<IRenderable[]>();
        int selectedAt = 0;
        foreach (ServiceFigures service in _services)
        {
            bool selected = interactive && Key(service) == _selected;
            selectedAt = selected ? rows.Count : selectedAt;
            string arrow = service.Kind is SpanKind.Client or SpanKind.Producer ? "→" : "←";
            rows.Add(Row($"[dim]{arrow}[/] {Markup.Escape(Clean(service.Name))}", service.Figures, wide, selected, isService: true));
            if (_open.Contains(Key(service)))
            {
                rows.AddRange(service.Names.OrderByDescending(name => Rank(name.Figures)).ThenBy(name => name.Name, StringComparer.Ordinal)
                    .Select(name => Row($"    {Markup.Escape(Clean(name.Name))}", name.Figures, wide, selected: false, isService: false)));
            }
        }

        int first = Math.Clamp(selectedAt - (lines / 2), 0, Math.Max(0, rows.Count - lines));
        return rows.Skip(first).Take(lines);
    }

    private static IRenderable[] Row(string name, RequestFigures figures, bool wide, bool selected, bool isService)
    {
        string trace = figures.Slowest.Duration == 0 ? "" : figures.Slowest.TraceId.ToString();
        string[] cells =
        [
            name,
            figures.Rate.ToString(figures.Rate < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture),
            figures.ErrorShare > 0 ? $"[red]{Share(figures.ErrorShare)}[/]" : "[dim]–[/]",
            Duration(figures.Median),
            Duration(figures.P99),
            Duration(figures.Slowest.Duration),
            isService ? $"[dim]{Markup.Escape(Clean(figures.Slowest.Name ?? ""))}[/]" : "",
            $"[dim]{(wide ? trace : trace[..Math.Min(8, trace.Length)])}[/]",
        ];
        return [.. cells.Select(cell => new Markup(selected ? $"[invert]{cell}[/]" : cell).Ellipsis())];
    }

    private TableColumn Column(string title, TopOrder order, Justify justify) =>
        new TableColumn(order == _order ? $"[bold]{title}[/]" : $"[dim]{title}[/]") { Alignment = justify, NoWrap = true };

    private void Move(int by)
    {
        int at = _services.ToList().FindIndex(service => Key(service) == _selected);
        if (_services.Count > 0)
        {
            _selected = Key(_services[Math.Clamp(at + by, 0, _services.Count - 1)]);
        }
    }

    private IOrderedEnumerable<ServiceFigures> Sorted(IEnumerable<ServiceFigures> services) => _order == TopOrder.Name
        ? services.OrderBy(service => service.Name, StringComparer.Ordinal).ThenBy(service => service.Kind)
        : services.OrderByDescending(service => Rank(service.Figures)).ThenBy(service => service.Name, StringComparer.Ordinal);

    private double Rank(RequestFigures figures) => _order switch
    {
        TopOrder.Errors => figures.ErrorShare,
        TopOrder.P99 => figures.P99,
        TopOrder.Slowest => figures.Slowest.Duration,
        _ => figures.Rate,
    };

    private static (string Name, SpanKind Kind) Key(ServiceFigures service) => (service.Name, service.Kind);

    private static string OrderName(TopOrder order) => order switch
    {
        TopOrder.Errors => "errors",
        TopOrder.P99 => "p99",
        TopOrder.Slowest => "slowest request",
        TopOrder.Name => "name",
        _ => "rate",
    };

    private static string Share(double share) =>
        (share * 100).ToString(share < 0.0995 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";

    private static string Duration(ulong nanoseconds) => nanoseconds switch
    {
        0 => "[dim]–[/]",
        >= VerySlow => $"[red]{HumanDuration.Format(nanoseconds)}[/]",
        >= Slow => $"[yellow]{HumanDuration.Format(nanoseconds)}[/]",
        _ => HumanDuration.Format(nanoseconds),
    };

    /// <summary>What comes from requests must not steer the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '\ufffd' : character));
}
