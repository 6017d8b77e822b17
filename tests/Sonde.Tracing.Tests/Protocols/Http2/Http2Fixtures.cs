using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>What other implementations sent (tests/fixtures/http2/record.py).</summary>
internal static class Http2Fixtures
{
    public const int PrefaceLength = 24;

    public static string Folder { get; } = Find();

    /// <summary>The calls of recorded connections, in their order; an empty one is the connection's end.</summary>
    public static IEnumerable<(Side Side, int Connection, byte[] Bytes)> Calls(string name)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Folder, name + ".txt"));
        for (int position = 0; position < file.Length;)
        {
            int end = Array.IndexOf(file, (byte)'\n', position);
            string line = Encoding.ASCII.GetString(file, position, end - position);
            position = end + 1;
            if (line.StartsWith('#'))
            {
                continue;
            }

            int[] numbers = [.. line[2..].Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
            int size = numbers.Length > 1 ? numbers[1] : 0;
            yield return (line[0] == '>' ? Side.Request : Side.Response, numbers[0], file[position..(position + size)]);
            position += size + (line[0] == 'x' ? 0 : 1);
        }
    }

    /// <summary>The same, a frame at a time and each in a call of its own; without the preface.</summary>
    public static IEnumerable<(Side Side, int Connection, byte[] Bytes)> Frames(string name)
    {
        var waiting = new Dictionary<(Side, int), List<byte>>();
        foreach ((Side side, int connection, byte[] bytes) in Calls(name))
        {
            bool isFirst = !waiting.TryGetValue((side, connection), out List<byte>? held);
            held ??= waiting[(side, connection)] = [];
            held.AddRange(isFirst && side == Side.Request ? bytes[PrefaceLength..] : bytes);
            while (held.Count >= 9 && (held[0] << 16 | held[1] << 8 | held[2]) + 9 is int length && held.Count >= length)
            {
                yield return (side, connection, held[..length].ToArray());
                held.RemoveRange(0, length);
            }
        }
    }

    /// <summary>The header blocks of one encoder, with the fields that they stand for.</summary>
    public static List<(byte[] Block, (string Name, string Value)[] Fields)> Blocks(string name)
    {
        List<(byte[], (string, string)[])> blocks = [];
        string text = File.ReadAllText(Path.Combine(Folder, name + ".hpack"));
        foreach (string[] lines in text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..].Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('\n')))
        {
            blocks.Add((Convert.FromHexString(lines[0]), [.. lines[1..].Select(Field)]));
        }

        return blocks;
    }

    private static (string Name, string Value) Field(string line)
    {
        int colon = line.IndexOf(": ", 1, StringComparison.Ordinal);
        return (line[..colon], line[(colon + 2)..]);
    }

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../fixtures/http2"));
}
