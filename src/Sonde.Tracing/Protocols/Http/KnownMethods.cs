using System.Text;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>The methods that are told as they are.</summary>
internal sealed class KnownMethods(IEnumerable<string> names)
{
    private readonly byte[][] _names = [.. names.Select(Encoding.ASCII.GetBytes)];

    /// <summary>The value of <c>http.request.method</c> for every other method.</summary>
    public static byte[] Other { get; } = "_OTHER"u8.ToArray();

    /// <summary>What stands for it in a span's name.</summary>
    public static byte[] OtherName { get; } = "HTTP"u8.ToArray();

    /// <summary>The method with these bytes, case-sensitive; null when it is not known.</summary>
    public byte[]? Find(ReadOnlySpan<byte> method)
    {
        foreach (byte[] known in _names)
        {
            if (method.SequenceEqual(known))
            {
                return known;
            }
        }

        return null;
    }
}
