namespace Sonde.Tracing.Protocols.Redis;

/// <summary>Redis and what speaks as it does (Valkey, KeyDB, Dragonfly): the Redis serialization protocol, versions 2 and 3.</summary>
/// <remarks>
/// <para>A command is an array of strings, <c>*2\r\n$3\r\nGET\r\n…</c>: by that the kernel knows the protocol. An answer may begin like it, so
/// which side is which on a connection older than Sonde is decided by the parser.</para>
/// <para>Commands that are typed as lines are known by their name and by the answer to them.</para>
/// </remarks>
public sealed class RedisProtocol : IProtocol
{
    private long _placesLost;

    /// <inheritdoc/>
    public string Name => "redis";

    /// <summary>How often it was not known any more which answer belongs to which command, or what was asked.</summary>
    public long PlacesLost => Volatile.Read(ref _placesLost);

    /// <inheritdoc/>
    public IReadOnlyList<Pattern> Patterns { get; } = [Command("*0\r\n$0"), Command("*00\r\n$0"), Command("*000\r\n$0")];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        int end = request.IndexOfAny(" \r\n"u8);
        return end > 0 && request.Contains((byte)'\n') && RedisCommands.IsKnown(request[..end])
            && response.Length > 1 && "+-:$*%~"u8.Contains(response[0]);
    }

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new RedisParser(this);

    internal void LosePlace() => _placesLost++;

    /// <summary>A pattern in which 0 stands for any digit: of a digit's byte the upper half counts, which few other bytes share.</summary>
    private static Pattern Command(string text)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        byte[] mask = [.. bytes.Select(each => (byte)(each == (byte)'0' ? 0xf0 : 0xff))];
        return new Pattern(bytes, Side.Request) { Mask = mask };
    }
}
