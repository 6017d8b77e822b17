namespace Sonde.Probes.Metrics;

/// <summary>The probes that come with Sonde: the files of <c>probes/</c>, embedded.</summary>
public static class BuiltInProbes
{
    private const string Folder = "probes/";

    /// <summary>Their names, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(BuiltInProbes).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of a probe's file.</summary>
    public static string TextOf(string name)
    {
        using Stream stream = typeof(BuiltInProbes).Assembly.GetManifestResourceStream($"{Folder}{name}.yaml")
            ?? throw new ArgumentException($"There is no built-in probe '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A probe.</summary>
    public static ProbeFile Read(string name) => ProbeFileReader.Read($"{Folder}{name}.yaml", TextOf(name));
}
