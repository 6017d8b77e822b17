namespace Sonde.Bpf.Code;

/// <summary>
/// How long an x86-64 instruction is (Intel's manual, volume 2, appendix A): enough of it to walk through what compilers write. What is not
/// known is refused, never guessed.
/// </summary>
internal static class X64Instruction
{
    private const int Unknown = 0;

    /// <summary>The length of the instruction that the code begins with; 0 when it is unknown or not all there.</summary>
    /// <param name="code">At least an instruction.</param>
    /// <param name="isReturn">Whether it returns from a function.</param>
    public static int Length(ReadOnlySpan<byte> code, out bool isReturn)
    {
        isReturn = false;
        int at = 0;
        bool isShort = false, isAddress32 = false;
        while (at < code.Length && IsPrefix(code[at]))
        {
            isShort |= code[at] == 0x66;
            isAddress32 |= code[at] == 0x67;
            at++;
        }

        bool isWide = false;
        if (at < code.Length && code[at] >> 4 == 4)
        {
            isWide = (code[at] & 8) != 0;
            at++;
        }

        if (at >= code.Length)
        {
            return Unknown;
        }

        byte opcode = code[at++];
        int length = opcode switch
        {
            0x0F => TwoBytes(code, at),
            0xC5 => Vector(code, at + 1, map: 1),
            0xC4 => at < code.Length ? Vector(code, at + 2, code[at] & 0x1F) : Unknown,
            0x62 => at < code.Length ? Vector(code, at + 3, code[at] & 7) : Unknown,
            _ => OneByte(code, at, opcode, isShort, isWide, isAddress32),
        };
        isReturn = opcode is 0xC3 or 0xC2;
        return length <= code.Length ? length : Unknown;
    }

    private static bool IsPrefix(byte value) => value is 0x66 or 0x67 or 0xF0 or 0xF2 or 0xF3 or 0x26 or 0x2E or 0x36 or 0x3E or 0x64 or 0x65;

    private static int OneByte(ReadOnlySpan<byte> code, int at, byte opcode, bool isShort, bool isWide, bool isAddress32)
    {
        int word = isShort ? 2 : 4;
        switch (opcode)
        {
            case < 0x40:
                return (opcode & 7) switch { < 4 => Operand(code, at), 4 => at + 1, 5 => at + word, _ => Unknown };
            case (>= 0x50 and <= 0x5F) or (>= 0x6C and <= 0x6F) or (>= 0x90 and <= 0x99) or (>= 0x9B and <= 0x9F) or (>= 0xA4 and <= 0xA7):
            case (>= 0xAA and <= 0xAF) or 0xC3 or 0xC9 or 0xCC or 0xF1 or 0xF4 or 0xF5 or (>= 0xEC and <= 0xEF) or (>= 0xF8 and <= 0xFD):
                return at;
            case 0x63 or (>= 0x84 and <= 0x8E) or (>= 0xD0 and <= 0xD3) or (>= 0xD8 and <= 0xDF) or 0xFE or 0xFF:
                return Operand(code, at);
            case 0x8F:
                // Otherwise the prefix of AMD's XOP.
                return at < code.Length && (code[at] >> 3 & 7) == 0 ? Operand(code, at) : Unknown;
            case 0x68 or 0xA9:
                return at + word;
            case 0x69 or 0x81 or 0xC7:
                return Operand(code, at, word);
            case 0x6A or (>= 0x70 and <= 0x7F) or 0xA8 or (>= 0xB0 and <= 0xB7) or 0xCD or (>= 0xE0 and <= 0xE7) or 0xEB:
                return at + 1;
            case 0x6B or 0x80 or 0x83 or 0xC0 or 0xC1 or 0xC6:
                return Operand(code, at, 1);
            case >= 0xA0 and <= 0xA3:
                return at + (isAddress32 ? 4 : 8);
            case >= 0xB8 and <= 0xBF:
                return at + (isWide ? 8 : word);
            case 0xC2:
                return at + 2;
            case 0xC8:
                return at + 3;
            case 0xE8 or 0xE9:
                return at + 4;
            case 0xF6 or 0xF7:
                bool isTest = at < code.Length && (code[at] >> 3 & 7) < 2;
                return Operand(code, at, !isTest ? 0 : opcode == 0xF6 ? 1 : word);
            default:
                return Unknown;
        }
    }

    private static int TwoBytes(ReadOnlySpan<byte> code, int at)
    {
        if (at >= code.Length)
        {
            return Unknown;
        }

        byte opcode = code[at++];
        switch (opcode)
        {
            case 0x05 or 0x06 or 0x08 or 0x09 or 0x0B or (>= 0x30 and <= 0x35) or 0x37 or 0x77 or 0xA0 or 0xA1 or 0xA2 or 0xA8 or 0xA9 or 0xAA:
            case >= 0xC8 and <= 0xCF:
                return at;
            case >= 0x80 and <= 0x8F:
                return at + 4;
            case 0x38:
                return Operand(code, at + 1);
            case 0x3A:
                return Operand(code, at + 1, 1);
            case (>= 0x70 and <= 0x73) or 0xA4 or 0xAC or 0xBA or 0xC2 or 0xC4 or 0xC5 or 0xC6:
                return Operand(code, at, 1);
            case 0x04 or 0x07 or 0x0A or 0x0C or 0x0F or 0x24 or 0x25 or 0x26 or 0x27 or 0x36 or (>= 0x39 and <= 0x3F) or 0xA6 or 0xA7 or 0xFF:
                return Unknown;
            default:
                return Operand(code, at);
        }
    }

    /// <summary>VEX and EVEX; <paramref name="at"/> is where the opcode stands.</summary>
    private static int Vector(ReadOnlySpan<byte> code, int at, int map)
    {
        if (at >= code.Length || map is 0 or > 3)
        {
            return Unknown;
        }

        byte opcode = code[at++];
        return (map, opcode) switch
        {
            (1, 0x77) => at,
            (3, _) or (1, (>= 0x70 and <= 0x73) or 0xC2 or 0xC4 or 0xC5 or 0xC6) => Operand(code, at, 1),
            _ => Operand(code, at),
        };
    }

    /// <summary>Passes ModRM, SIB and displacement, and so many bytes of an immediate.</summary>
    private static int Operand(ReadOnlySpan<byte> code, int at, int immediate = 0)
    {
        if (at >= code.Length)
        {
            return Unknown;
        }

        byte form = code[at++];
        int mode = form >> 6, register = form & 7;
        if (mode == 3)
        {
            return at + immediate;
        }

        bool isAbsolute = mode == 0 && register == 5;
        if (register == 4)
        {
            if (at >= code.Length)
            {
                return Unknown;
            }

            isAbsolute = mode == 0 && (code[at] & 7) == 5;
            at++;
        }

        return at + (mode == 1 ? 1 : mode == 2 || isAbsolute ? 4 : 0) + immediate;
    }
}
