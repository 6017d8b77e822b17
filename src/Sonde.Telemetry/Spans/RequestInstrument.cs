namespace Sonde.Telemetry.Spans;

/// <summary>The duration histogram, in seconds, that the requests of one kind are counted in; made once per protocol and role.</summary>
/// <param name="Name">The metric's name, for example <c>http.server.request.duration</c>.</param>
/// <param name="Description">One sentence, as the semantic conventions have it.</param>
public sealed record RequestInstrument(string Name, string Description);
