using System.Runtime.CompilerServices;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Capture;

/// <summary>The patterns of all protocols' datagrams as the kernel has them: a constant array.</summary>
[InlineArray((int)Limits.DatagramPatterns)]
internal struct DatagramPatternTable
{
    private Abi.Pattern _first;

    /// <inheritdoc cref="PatternTable.Of"/>
    public static DatagramPatternTable Of(IReadOnlyList<IProtocol> protocols, out uint count)
    {
        DatagramPatternTable table = default;
        count = PatternTable.Fill(table, protocols, protocol => protocol.DatagramPatterns);
        return table;
    }
}

/// <summary>The patterns of all protocols as the kernel has them: a constant array.</summary>
[InlineArray((int)Limits.Patterns)]
internal struct PatternTable
{
    private Abi.Pattern _first;

    /// <summary>Fills the table from the protocols' declarations; their place in the list, from 1, is their number.</summary>
    /// <param name="protocols">The protocols that are read.</param>
    /// <param name="count">How many patterns there are.</param>
    /// <exception cref="InvalidOperationException">There are more than the kernel half holds, or one is too long.</exception>
    public static PatternTable Of(IReadOnlyList<IProtocol> protocols, out uint count)
    {
        PatternTable table = default;
        count = Fill(table, protocols, protocol => protocol.Patterns);
        return table;
    }

    /// <summary>Fills a table from the protocols' declarations.</summary>
    /// <returns>How many patterns there are.</returns>
    public static uint Fill(Span<Abi.Pattern> table, IReadOnlyList<IProtocol> protocols, Func<IProtocol, IReadOnlyList<Protocols.Pattern>> patternsOf)
    {
        int count = 0;
        Span<byte> word = stackalloc byte[sizeof(ulong)], mask = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < protocols.Count; i++)
        {
            foreach (Protocols.Pattern pattern in patternsOf(protocols[i]))
            {
                int length = pattern.Bytes.Length;
                if (count == table.Length || length is 0 or > Protocols.Pattern.MaxLength || (pattern.Mask.Length != length && !pattern.Mask.IsEmpty))
                {
                    throw new InvalidOperationException($"Protocol '{protocols[i].Name}' declares a pattern that does not fit.");
                }

                word.Clear();
                mask.Clear();
                pattern.Bytes.Span.CopyTo(word);
                mask[..length].Fill(0xff);
                pattern.Mask.Span.CopyTo(mask);
                table[count++] = new Abi.Pattern
                {
                    Value = BitConverter.ToUInt64(word),
                    Mask = BitConverter.ToUInt64(mask),
                    Length = (byte)length,
                    Side = (byte)pattern.Side,
                    Protocol = (byte)(i + 1),
                    IsOpening = pattern.IsOpening ? (byte)1 : (byte)0,
                };
            }
        }

        return (uint)count;
    }
}
