using System.Text;

namespace Sonde.Discovery.Runtimes;

/// <summary>What the Go linker writes into every executable since Go 1.18 (Go's debug/buildinfo).</summary>
/// <param name="Package">The path of the main package: <c>example.com/shop/cmd/orders</c>; <c>command-line-arguments</c> is left out.</param>
/// <param name="Version">The main module's version, null when it was built from a working copy.</param>
internal sealed record GoBuildInfo(string? Package, string? Version)
{
    public const int MaxBytes = 256 * 1024;

    private const int StringsOffset = 32;
    private const int FlagsOffset = 15;
    private const int InlineStrings = 2;
    private const int SentinelBytes = 16;

    private static readonly byte[] Magic = [0xFF, .. " Go buildinf:"u8];

    /// <returns>Null when the section is of an older form, which points elsewhere, or damaged.</returns>
    public static GoBuildInfo? Parse(ReadOnlySpan<byte> section)
    {
        if (section.Length < StringsOffset || !section.StartsWith(Magic) || (section[FlagsOffset] & InlineStrings) == 0)
        {
            return null;
        }

        var rest = section[StringsOffset..];
        if (!TryTakeString(ref rest, out _) || !TryTakeString(ref rest, out var module) || module.Length < 2 * SentinelBytes)
        {
            return null;
        }

        string? package = null;
        string? version = null;
        var text = Encoding.UTF8.GetString(module[SentinelBytes..^SentinelBytes]);
        foreach (var line in text.EnumerateLines())
        {
            // "path\tPACKAGE", "mod\tMODULE\tVERSION\tSUM"; dependencies follow.
            if (line.StartsWith("path\t", StringComparison.Ordinal))
            {
                package = line["path\t".Length..].ToString();
            }
            else if (line.StartsWith("mod\t", StringComparison.Ordinal))
            {
                var fields = line.ToString().Split('\t');
                version = fields.Length > 2 && fields[2] != "(devel)" && fields[2].Length > 0 ? fields[2] : null;
                break;
            }
        }

        return new GoBuildInfo(package == "command-line-arguments" ? null : package, version);
    }

    /// <summary>Takes one string: its length as a variable-length integer, then its bytes.</summary>
    private static bool TryTakeString(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        text = default;
        ulong length = 0;
        for (var index = 0; index < rest.Length && index < 5; index++)
        {
            length |= (ulong)(rest[index] & 0x7F) << (7 * index);
            if (rest[index] < 0x80)
            {
                if (length > (ulong)(rest.Length - index - 1))
                {
                    return false;
                }

                text = rest.Slice(index + 1, (int)length);
                rest = rest[(index + 1 + (int)length)..];
                return true;
            }
        }

        return false;
    }
}
