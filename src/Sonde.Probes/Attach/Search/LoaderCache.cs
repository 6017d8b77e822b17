using System.Buffers.Binary;
using System.Text;

namespace Sonde.Probes.Attach.Search;

/// <summary>The libraries that glibc's dynamic loader knows, from <c>/etc/ld.so.cache</c> (sysdeps/generic/dl-cache.h).</summary>
internal static class LoaderCache
{
    private const string Path = "/etc/ld.so.cache";
    private const int HeaderSize = 48, EntrySize = 24;

    private static ReadOnlySpan<byte> Magic => "glibc-ld.so.cache1.1"u8;

    /// <summary>The paths of all libraries; none when there is no cache or it is of a form before glibc 2.32.</summary>
    internal static IReadOnlyList<string> Read()
    {
        try
        {
            return Parse(File.ReadAllBytes(Path));
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    internal static IReadOnlyList<string> Parse(ReadOnlySpan<byte> cache)
    {
        List<string> paths = [];
        if (!cache.StartsWith(Magic) || cache.Length < HeaderSize)
        {
            return paths;
        }

        long count = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(cache[20..]), (cache.Length - HeaderSize) / EntrySize);
        for (int index = 0; index < count; index++)
        {
            // struct file_entry_new: flags, where the name is, where the path is, …
            uint place = BinaryPrimitives.ReadUInt32LittleEndian(cache[(HeaderSize + index * EntrySize + 8)..]);
            if (place < cache.Length && cache[(int)place..] is var rest && rest.IndexOf((byte)0) is > 0 and int end)
            {
                paths.Add(Encoding.UTF8.GetString(rest[..end]));
            }
        }

        return paths;
    }
}
