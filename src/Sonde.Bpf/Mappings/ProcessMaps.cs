using System.Globalization;
using System.Text;

namespace Sonde.Bpf.Mappings;

/// <summary>What processes have mapped as code, from <c>/proc/PID/maps</c> (proc_pid_maps(5)).</summary>
internal static class ProcessMaps
{
    /// <summary>Takes a mapping and the path of its file, as UTF-8.</summary>
    internal delegate void Handler(in Mapping mapping, ReadOnlySpan<byte> path, ulong offset);

    /// <summary>All processes that there are.</summary>
    internal static void ReadAll(Handler handler)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(folder.AsSpan("/proc/".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int process))
            {
                Read(process, handler);
            }
        }
    }

    /// <summary>One process; nothing when it is gone or may not be looked at.</summary>
    internal static void Read(int process, Handler handler)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/maps"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return;
        }

        foreach (Range line in text.AsSpan().Split((byte)'\n'))
        {
            ReadLine(process, text.AsSpan(line), handler);
        }
    }

    /// <summary><c>7f0c1a2b3000-7f0c1a2c0000 r-xp 00026000 fe:01 1234   /usr/lib/libc.so.6</c></summary>
    private static void ReadLine(int process, ReadOnlySpan<byte> line, Handler handler)
    {
        int pathStart = line.IndexOf((byte)'/');
        int space = line.IndexOf((byte)' ');
        if (pathStart < 0 || space < 0 || line.Length < space + 4 || line[space + 3] != 'x')
        {
            return;
        }

        ReadOnlySpan<byte> path = line[pathStart..];
        Span<Range> fields = stackalloc Range[6];
        Span<char> text = stackalloc char[128];
        if (pathStart > text.Length)
        {
            return;
        }

        text = text[..Encoding.ASCII.GetChars(line[..pathStart], text)];
        ReadOnlySpan<char> readable = text;
        if (readable.Split(fields, ' ', StringSplitOptions.RemoveEmptyEntries) < 5)
        {
            return;
        }

        ReadOnlySpan<char> range = readable[fields[0]], device = readable[fields[3]];
        int dash = range.IndexOf('-'), colon = device.IndexOf(':');
        if (dash > 0 && colon > 0
            && TryParseHex(range[..dash], out ulong start) && TryParseHex(range[(dash + 1)..], out ulong end)
            && TryParseHex(device[..colon], out ulong major) && TryParseHex(device[(colon + 1)..], out ulong minor)
            && TryParseHex(readable[fields[2]], out ulong offset)
            && ulong.TryParse(readable[fields[4]], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode) && inode != 0)
        {
            ReadOnlySpan<byte> deleted = " (deleted)"u8;
            handler(new(process, start, end, new(major << 32 | minor, inode)), path.EndsWith(deleted) ? path[..^deleted.Length] : path, offset);
        }
    }

    private static bool TryParseHex(ReadOnlySpan<char> text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
