namespace Sonde.Tracing.Routes;

/// <summary>How the templates of paths are worked out.</summary>
public sealed class RouteSettings
{
    /// <summary>
    /// Patterns that go before what Sonde works out, the first match wins: <c>/users/{id}</c> and <c>/users/:id</c> match one
    /// segment, <c>*</c> one as well, and at the end any rest. A pattern is the template of what it matches.
    /// </summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>How many templates a service may have; further paths are <c>{other}</c>.</summary>
    public int MaxPerService { get; init; } = 200;

    /// <summary>
    /// How many values, of which most were seen once, a place in a path may have before it becomes <c>{id}</c>.
    /// Five times as many make it so in any case.
    /// </summary>
    public int MaxValuesPerSegment { get; init; } = 20;
}
