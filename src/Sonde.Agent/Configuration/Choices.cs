namespace Sonde.Agent.Configuration;

/// <summary>When to use colours.</summary>
internal enum ColourChoice
{
    /// <summary>On a terminal, unless <c>NO_COLOR</c> is set or <c>TERM</c> is <c>dumb</c>.</summary>
    Auto,
    Always,
    Never,
}

/// <summary>How spans look on standard output.</summary>
internal enum ConsoleFormat
{
    /// <summary>Lines on a terminal, JSON otherwise.</summary>
    Auto,
    Lines,
    Json,
}
