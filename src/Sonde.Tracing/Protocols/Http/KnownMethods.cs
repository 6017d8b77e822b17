using System.Text;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>The methods that are told as they are.</summary>
internal sealed class KnownMethods(IEnumerable<string> names)
{
    private readonly byte[][] _names = [.. names.Select(Encoding.ASCII.GetBytes)];

    /// <summary>The value of <c>http.request.method</c> for every other method.</summary>
    public static ReadOnlyMemory<byte> Other { get; } = "_OTHER"u8.ToArray();

    /// <summary>What stands for it in a span's name.</summary>
    public static ReadOnlyMemory<byte> OtherName { get; } = "HTTP"u8.ToArray();

    /// <summary>The method with these bytes, case-sensitive.</summary>
    public bool TryFind(ReadOnlySpan<byte> method, out ReadOnlyMemory<byte> name)
    {
        foreach (byte[] known in _names)
        {
            if (method.SequenceEqual(known))
            {
                name = known;
                return true;
            }
        }

        name = default;
        return false;
    }
}
