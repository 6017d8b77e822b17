using System.Text;

namespace Sonde.Probes.Running;

/// <summary>
/// Which files are meant by a library's short name: <c>libssl</c> is <c>libssl.so</c>, <c>libssl.so.3</c> and <c>libssl-1.1.so</c>, but not
/// <c>libssl3.so</c>. musl is one file that is the loader, the C library and all that glibc has apart.
/// </summary>
internal sealed class LibraryName
{
    private static readonly byte[][] _musl = ["ld-musl-"u8.ToArray(), "libc.musl-"u8.ToArray()];

    private readonly byte[] _name;
    private readonly bool _isInMusl;

    internal LibraryName(string name)
    {
        _name = Encoding.UTF8.GetBytes(name);
        _isInMusl = name is "libc" or "libpthread" or "libm" or "libdl" or "librt" or "libresolv";
    }

    internal bool Matches(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(_name))
        {
            ReadOnlySpan<byte> rest = file[_name.Length..];
            if (rest.StartsWith(".so"u8))
            {
                return rest.Length == 3 || rest[3] == '.';
            }

            if (rest.Length > 1 && rest[0] == '-' && char.IsAsciiDigit((char)rest[1]))
            {
                return rest.IndexOf(".so"u8) > 0;
            }
        }

        return _isInMusl && (file.StartsWith(_musl[0]) || file.StartsWith(_musl[1]));
    }
}
