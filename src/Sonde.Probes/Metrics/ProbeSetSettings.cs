using System.Text;
using Sonde.Telemetry.Console;

namespace Sonde.Probes.Metrics;

/// <summary>Which probes run.</summary>
public sealed record ProbeSetSettings
{
    /// <summary>Run these also when their file says that they are off.</summary>
    public IReadOnlyList<Glob> Enabled { get; init; } = [];

    /// <summary>Do not run these, whatever else is said.</summary>
    public IReadOnlyList<Glob> Disabled { get; init; } = [];

    /// <summary>A folder with probes of the user's own; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether a probe of this name and file runs.</summary>
    public bool Allows(ProbeFile file)
    {
        byte[] name = Encoding.UTF8.GetBytes(file.Name);
        return !Disabled.Any(glob => glob.Matches(name)) && (file.IsEnabled || Enabled.Any(glob => glob.Matches(name)));
    }
}
