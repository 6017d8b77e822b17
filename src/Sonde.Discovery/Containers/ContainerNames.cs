using System.Text.Json;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Containers;

/// <summary>Names of containers, from the files that the engines keep of them on the host; no engine is asked.</summary>
internal sealed class ContainerNames(string procRoot)
{
    private const int MaxFileBytes = 256 * 1024;
    private const int MaxRemembered = 1024;

    // Seen through the first process: when Sonde runs in a container these are the host's.
    private readonly string _host = Path.Combine(procRoot, "1", "root");
    private readonly Dictionary<string, string?> _names = new(StringComparer.Ordinal);

    /// <summary>The container's name, or null when the engine keeps none that can be read.</summary>
    public string? Find(string containerId)
    {
        if (_names.TryGetValue(containerId, out var known))
        {
            return known;
        }

        // Containers come and go slowly; starting over is simpler than ageing.
        if (_names.Count == MaxRemembered)
        {
            _names.Clear();
        }

        var name = ReadName($"{_host}/var/lib/docker/containers/{containerId}/config.v2.json", "Name")
            ?? ReadName($"{_host}/run/containerd/io.containerd.runtime.v2.task/k8s.io/{containerId}/config.json", "io.kubernetes.cri.container-name")
            ?? ReadName($"{_host}/run/containers/storage/overlay-containers/{containerId}/userdata/config.json", "io.kubernetes.container.name");
        _names.Add(containerId, name);
        return name;
    }

    /// <summary>The value of a key, at the top (Docker) or among the <c>annotations</c> (OCI runtime specification, config.json).</summary>
    internal static string? ReadName(string path, string key)
    {
        using var file = BoundedFile.OpenRegular(path);
        if (file is null)
        {
            return null;
        }

        var bytes = new byte[(int)Math.Min(RandomAccess.GetLength(file), MaxFileBytes)];
        var json = new Utf8JsonReader(bytes.AsSpan(0, BoundedFile.Read(file, bytes)), isFinalBlock: false, default);
        try
        {
            var inAnnotations = false;
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (json.CurrentDepth == 1)
                {
                    inAnnotations = json.ValueTextEquals("annotations"u8);
                }

                var here = json.CurrentDepth == 1 || (inAnnotations && json.CurrentDepth == 2);
                if (here && json.ValueTextEquals(key) && json.Read() && json.TokenType == JsonTokenType.String)
                {
                    // Docker writes a slash before the name.
                    return json.GetString()!.TrimStart('/') is { Length: > 0 } name ? name : null;
                }
            }
        }
        catch (JsonException)
        {
            // Half-written: the container has no name this time.
        }

        return null;
    }
}
