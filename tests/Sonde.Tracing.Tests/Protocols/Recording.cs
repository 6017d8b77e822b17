using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sonde.Tracing.Tests.Protocols;

/// <summary>A recorded conversation of tests/fixtures: what each side of each connection sent, in the order of arrival.</summary>
public static class Recording
{
    /// <summary>The blocks of a recording; the mark is <c>&gt;</c> for the client's bytes, <c>&lt;</c> for the server's, <c>x</c> for the end.</summary>
    /// <param name="name">Its path below tests/fixtures, without <c>.txt</c>.</param>
    public static IEnumerable<(char Mark, int Connection, byte[] Bytes)> Blocks(string name)
    {
        byte[] file = File.ReadAllBytes(Path(name + ".txt"));
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
            yield return (line[0], numbers[0], file[position..(position + size)]);
            position += size + (line[0] == 'x' ? 0 : 1);
        }
    }

    /// <summary>A file of tests/fixtures.</summary>
    public static string Path(string name) => System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Here())!, "../../fixtures", name));

    private static string Here([CallerFilePath] string here = "") => here;
}
