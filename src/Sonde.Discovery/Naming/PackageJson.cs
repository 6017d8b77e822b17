using System.Text.Json;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Naming;

/// <summary>The <c>name</c> and <c>version</c> at the top of a <c>package.json</c> (the npm documentation, package.json).</summary>
internal static class PackageJson
{
    private const int MaxBytes = 64 * 1024;

    /// <returns>Null when there is no such file, or no name in its first 64 KiB.</returns>
    public static ProgramIdentity? Read(string path)
    {
        using var file = BoundedFile.OpenRegular(path);
        if (file is null)
        {
            return null;
        }

        var bytes = new byte[(int)Math.Min(RandomAccess.GetLength(file), MaxBytes)];
        return Parse(bytes.AsSpan(0, BoundedFile.Read(file, bytes)));
    }

    internal static ProgramIdentity? Parse(ReadOnlySpan<byte> utf8)
    {
        string? name = null;
        string? version = null;
        var json = new Utf8JsonReader(utf8, isFinalBlock: false, default);
        try
        {
            while ((name is null || version is null) && json.Read())
            {
                if (json.CurrentDepth != 1 || json.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (json.ValueTextEquals("name"u8))
                {
                    name = TextOf(ref json);
                }
                else if (json.ValueTextEquals("version"u8))
                {
                    version = TextOf(ref json);
                }
            }
        }
        catch (JsonException)
        {
            // What stood before the fault counts.
        }

        return name is null ? null : new ProgramIdentity(name, version);
    }

    private static string? TextOf(ref Utf8JsonReader json) =>
        json.Read() && json.TokenType == JsonTokenType.String && json.GetString() is { Length: > 0 } text ? text : null;
}
