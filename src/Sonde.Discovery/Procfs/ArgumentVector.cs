using System.Text;

namespace Sonde.Discovery.Procfs;

/// <summary>An argument vector as the kernel hands it out: strings, each ended by a zero byte.</summary>
internal static class ArgumentVector
{
    private const int MaxArguments = 1024;

    /// <summary>The arguments; programs that overwrite theirs with a title leave one, padded.</summary>
    /// <param name="bytes">What was read.</param>
    /// <param name="cut">Whether the bytes may end in the middle of an argument, which is then left out.</param>
    public static string[] Parse(ReadOnlySpan<byte> bytes, bool cut)
    {
        if (cut && !bytes.EndsWith((byte)0))
        {
            bytes = bytes[..(bytes.LastIndexOf((byte)0) + 1)];
        }

        bytes = bytes.TrimEnd("\0 "u8);
        if (bytes.IsEmpty)
        {
            return [];
        }

        var arguments = new List<string>();
        foreach (var range in bytes.Split((byte)0))
        {
            if (arguments.Count == MaxArguments)
            {
                break;
            }

            arguments.Add(Encoding.UTF8.GetString(bytes[range]));
        }

        return [.. arguments];
    }
}
