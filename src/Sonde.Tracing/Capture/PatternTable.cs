using System.Runtime.CompilerServices;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Capture;

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
        count = 0;
        Span<byte> word = stackalloc byte[sizeof(ulong)], mask = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < protocols.Count; i++)
        {
            foreach (Protocols.Pattern pattern in protocols[i].Patterns)
            {
                int length = pattern.Bytes.Length;
                if (count == (uint)Limits.Patterns || length is 0 or > Protocols.Pattern.MaxLength || (pattern.Mask.Length != length && !pattern.Mask.IsEmpty))
                {
                    throw new InvalidOperationException($"Protocol '{protocols[i].Name}' declares a pattern that does not fit.");
                }

                word.Clear();
                mask.Clear();
                pattern.Bytes.Span.CopyTo(word);
                mask[..length].Fill(0xff);
                pattern.Mask.Span.CopyTo(mask);
                table[(int)count++] = new Abi.Pattern
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

        return table;
    }
}
