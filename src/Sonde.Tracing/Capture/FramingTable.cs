using System.Runtime.CompilerServices;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Capture;

/// <summary>How the protocols' streams are cut into frames, as the kernel has it: a constant array, by protocol.</summary>
[InlineArray((int)Limits.Protocols)]
internal struct FramingTable
{
    private Abi.Framing _first;

    /// <summary>Fills the table from the protocols' declarations; their place in the list, from 1, is their number.</summary>
    /// <exception cref="InvalidOperationException">A framing does not fit what the kernel half walks by.</exception>
    public static FramingTable Of(IReadOnlyList<IProtocol> protocols)
    {
        FramingTable table = default;
        for (int i = 0; i < protocols.Count; i++)
        {
            if (i + 1 >= Limits.Protocols)
            {
                throw new InvalidOperationException($"There are more protocols than the {Limits.Protocols - 1} that the kernel half tells apart.");
            }

            if (protocols[i].Framing is { } framing)
            {
                table[i + 1] = Fits(framing)
                    ? Entry(framing)
                    : throw new InvalidOperationException($"Protocol '{protocols[i].Name}' declares a framing that does not fit.");
            }
        }

        return table;
    }

    private static bool Fits(Protocols.Framing framing) =>
        framing.HeaderLength is >= 1 and <= Protocols.Framing.MaxHeaderLength
        && framing.LengthWidth is >= 1 and <= 4
        && framing.LengthOffset >= 0 && framing.LengthOffset + framing.LengthWidth <= framing.HeaderLength
        && (framing.TypeOffset is not { } type || (type >= 0 && type < framing.HeaderLength))
        && (framing.FlagsOffset is not { } flags || (flags >= 0 && flags < framing.HeaderLength))
        && framing.Uncounted >= 0 && framing.RequestPreface >= 0 && framing.MaxLength >= framing.HeaderLength
        && framing.Crossing.Count <= Limits.FrameRules
        && framing.Crossing.All(rule => rule.Capture is > 0 and <= Protocols.Framing.MaxCapture);

    private static Abi.Framing Entry(Protocols.Framing framing)
    {
        var entry = new Abi.Framing
        {
            MaxLength = (uint)framing.MaxLength,
            Uncounted = (uint)framing.Uncounted,
            Preface = (uint)framing.RequestPreface,
            HeaderLength = (byte)framing.HeaderLength,
            LengthOffset = (byte)framing.LengthOffset,
            LengthWidth = (byte)framing.LengthWidth,
            TypeOffset = (byte)(framing.TypeOffset ?? 0),
            FlagsOffset = (byte)(framing.FlagsOffset ?? 0),
            Properties = (byte)((framing.IsLittleEndian ? FramingProperties.LittleEndian : 0)
                | (framing.HasUntypedOpening ? FramingProperties.UntypedOpening : 0)
                | (framing.AlignsAtTurns ? FramingProperties.AlignsAtTurns : 0)
                | (framing.TypeOffset is null ? 0 : FramingProperties.Types)
                | (framing.FlagsOffset is null ? 0 : FramingProperties.Flags)),
        };
        for (int i = 0; i < framing.Crossing.Count; i++)
        {
            Protocols.FrameRule rule = framing.Crossing[i];
            entry.Rules[i] = new Abi.FrameRule { Capture = (uint)rule.Capture, Flags = rule.Flags };
            entry.RuleOf[((int)rule.Side - 1) * Limits.FrameTypes / 2 + rule.Type] = (byte)(i + 1);
        }

        return entry;
    }
}
