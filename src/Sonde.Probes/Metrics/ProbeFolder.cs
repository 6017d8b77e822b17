namespace Sonde.Probes.Metrics;

/// <summary>A folder with probes of the user's own. It is looked through now and then: a watch does not see what Kubernetes does with its mounts.</summary>
/// <param name="path">The folder; it may not be there yet.</param>
internal sealed class ProbeFolder(string path)
{
    private readonly Dictionary<string, (DateTime Written, long Length)> _known = [];

    /// <summary>What has changed since the last look.</summary>
    /// <returns>The files that are new or other than before, and the names of those that are gone.</returns>
    public (IReadOnlyList<string> Changed, IReadOnlyList<string> Gone) Look()
    {
        List<string> changed = [];
        HashSet<string> seen = [];
        foreach (string file in Files())
        {
            // Of what a link points to, since that is what changes.
            var info = new FileInfo(file);
            var state = ((info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo) ?? info) is { Exists: true } target ? (target.LastWriteTimeUtc, target.Length) : default;
            seen.Add(file);
            if (!_known.TryGetValue(file, out var before) || before != state)
            {
                _known[file] = state;
                changed.Add(file);
            }
        }

        string[] gone = [.. _known.Keys.Except(seen)];
        foreach (string file in gone)
        {
            _known.Remove(file);
        }

        return (changed, gone);
    }

    private IEnumerable<string> Files()
    {
        try
        {
            return [.. Directory.EnumerateFiles(path, "*.yaml").Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
