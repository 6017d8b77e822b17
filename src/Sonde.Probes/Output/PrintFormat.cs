using System.Text;
using System.Text.RegularExpressions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Output;

/// <summary>
/// A format of printf(3) in bpftrace's dialect, taken apart: conversions of integers (<c>d u x X o c p</c> with any length), strings
/// (<c>s</c>) and buffers (<c>r</c>, <c>rx</c>, <c>rh</c>), with <c>-</c>, <c>0</c>, a width and a precision.
/// </summary>
internal sealed partial class PrintFormat
{
    private readonly List<(byte[] Before, Conversion Conversion)> _pieces = [];
    private readonly byte[] _rest;

    public PrintFormat(string format)
    {
        int end = 0;
        foreach (Match match in Pattern().Matches(format))
        {
            if (match.Groups["kind"].Success)
            {
                _pieces.Add((Encoding.UTF8.GetBytes(Percent().Replace(format[end..match.Index], "%")), new Conversion(match)));
                end = match.Index + match.Length;
            }
        }

        // As bpftrace 0.17 has it: "%%" is one character before a conversion, and two behind the last one.
        _rest = Encoding.UTF8.GetBytes(format[end..]);
    }

    /// <summary>Writes the text; each value stands behind the one before, of its type's size.</summary>
    public void Append(ByteText text, ValueText render, IReadOnlyList<ProbeType> types, ReadOnlySpan<byte> values)
    {
        int index = 0;
        var scratch = new ByteText();
        foreach ((byte[] before, Conversion conversion) in _pieces)
        {
            text.Append(before);
            if (index < types.Count)
            {
                ProbeType type = types[index++];
                scratch.Clear();
                conversion.Append(text, scratch, render, type, ValueText.Take(ref values, type));
            }
        }

        text.Append(_rest);
    }

    // "%%" is matched so that the second half of it does not begin a conversion.
    [GeneratedRegex("""%[-0-9.]*%|%(?<left>-?)(?<zero>0?)(?<width>[0-9]*)(\.(?<precision>[0-9]*))?(?<length>hh|h|ll|l|j|z|t)?(?<kind>rx|rh|r|[sdiuxXocp])""", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();

    [GeneratedRegex("%[-0-9.]*%")]
    private static partial Regex Percent();

    private sealed class Conversion(Match match)
    {
        private readonly string _kind = match.Groups["kind"].Value;
        private readonly string _length = match.Groups["length"].Value;
        private readonly bool _isLeft = match.Groups["left"].Length > 0;
        private readonly bool _isZero = match.Groups["zero"].Length > 0;
        private readonly int _width = Integer(match.Groups["width"]) ?? 0;
        private readonly int? _precision = match.Groups["precision"].Success ? Integer(match.Groups["precision"]) ?? 0 : null;

        public void Append(ByteText text, ByteText scratch, ValueText render, ProbeType type, ReadOnlySpan<byte> value)
        {
            bool isNumber = type is IntegerType or PointerType;
            switch (_kind)
            {
                case "c" when isNumber:
                    AppendCharacter(text, (byte)ValueText.Number(value));
                    return;
                case "s" or "c":
                    render.Append(scratch, type, value);
                    ReadOnlySpan<byte> whole = scratch.Written;
                    text.AppendField(whole[..Math.Min(whole.Length, _precision ?? whole.Length)], _width, _isLeft);
                    return;
                case "r" or "rx" or "rh" when type is BufferType buffer:
                    AppendBuffer(scratch, ValueText.BufferOf(buffer, value));
                    text.AppendField(scratch.Written, _width, _isLeft);
                    return;
                case not ("r" or "rx" or "rh") when isNumber:
                    AppendNumber(text, scratch, ValueText.Number(value));
                    return;
                default:
                    render.Append(text, type, value);
                    return;
            }
        }

        /// <summary>A 0 ends C's string, so it prints nothing.</summary>
        private void AppendCharacter(ByteText text, byte character) =>
            text.AppendField(character == 0 ? [] : [character], character == 0 && !_isLeft ? _width - 1 : _width, _isLeft);

        private void AppendBuffer(ByteText text, ReadOnlySpan<byte> bytes)
        {
            if (_kind != "rh")
            {
                ValueText.AppendEscaped(text, bytes, isWhole: _kind == "rx");
                return;
            }

            for (int i = 0; i < bytes.Length; i++)
            {
                text.Append((byte)' ', i == 0 ? 0 : 1);
                text.Append((ulong)bytes[i], "x2");
            }
        }

        private void AppendNumber(ByteText text, ByteText digits, long number)
        {
            long cut = Cut(number);
            bool isSigned = _kind is "d" or "i";
            switch (_kind)
            {
                case "d" or "i":
                    digits.Append(cut < 0 ? 0UL - (ulong)cut : (ulong)cut);
                    break;
                case "o":
                    digits.Append(Convert.ToString(cut, 8));
                    break;
                case "p":
                    digits.Append((ulong)number, "x");
                    break;
                default:
                    digits.Append((ulong)cut, _kind is "u" ? null : _kind);
                    break;
            }

            string sign = isSigned && cut < 0 ? "-" : _kind != "p" ? "" : number == 0 ? "(nil)" : "0x";
            int length = number == 0 && _kind == "p" ? 0 : digits.Length;
            int zeroes = Math.Max(0, (_precision ?? (_isZero && !_isLeft ? _width - sign.Length : 0)) - length);
            int spaces = _width - sign.Length - zeroes - length;
            text.Append((byte)' ', _isLeft ? 0 : spaces);
            text.Append(sign);
            text.Append((byte)'0', zeroes);
            text.Append(digits.Written[..length]);
            text.Append((byte)' ', _isLeft ? spaces : 0);
        }

        /// <summary>The number as the length cuts it; C's int when there is none.</summary>
        private long Cut(long number) => (_length, _kind) switch
        {
            ("hh", "d" or "i") => (sbyte)number,
            ("hh", _) => (byte)number,
            ("h", "d" or "i") => (short)number,
            ("h", _) => (ushort)number,
            ("", "d" or "i") => (int)number,
            ("", not "p") => (uint)number,
            _ => number,
        };

        private static int? Integer(Group group) =>
            int.TryParse(group.ValueSpan, System.Globalization.CultureInfo.InvariantCulture, out int value) ? Math.Min(value, 4096) : null;
    }
}
