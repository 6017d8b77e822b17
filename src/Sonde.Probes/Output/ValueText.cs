using System.Buffers.Binary;
using System.Net;
using Sonde.Probes.Model;

namespace Sonde.Probes.Output;

/// <summary>Writes kept values as text.</summary>
internal sealed class ValueText(ProbeProgram program, ISymbols symbols, ProbeClock clock)
{
    /// <summary>How far a stack's lines are indented.</summary>
    private const int ValueIndent = 8;

    private const int KeyIndent = 4;

    private const int Inet = 2;
    private const int Inet6 = 10;

    private readonly UserNames _users = new();

    /// <summary>An integer of 8 bytes.</summary>
    public static long Number(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt64LittleEndian(value);

    /// <summary>The bytes of a string before its 0.</summary>
    public static ReadOnlySpan<byte> StringOf(StringType type, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> room = value[..type.Capacity];
        int end = room.IndexOf((byte)0);
        return end < 0 ? room : room[..end];
    }

    /// <summary>The bytes that a buffer holds.</summary>
    public static ReadOnlySpan<byte> BufferOf(BufferType type, ReadOnlySpan<byte> value) =>
        value.Slice(8, (int)Math.Clamp(Number(value), 0, type.Capacity));

    /// <summary>Cuts a value off the front of several.</summary>
    public static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> values, ProbeType type)
    {
        ReadOnlySpan<byte> value = values[..type.Size];
        values = values[type.Size..];
        return value;
    }

    public void Append(ByteText text, ProbeType type, ReadOnlySpan<byte> value) => Append(text, type, value, ValueIndent);

    private void Append(ByteText text, ProbeType type, ReadOnlySpan<byte> value, int indent)
    {
        switch (type)
        {
            case IntegerType { IsSigned: false }:
                text.Append((ulong)Number(value));
                break;
            case IntegerType or PointerType:
                text.Append(Number(value));
                break;
            case StringType @string:
                text.Append(StringOf(@string, value));
                break;
            case BufferType buffer:
                AppendEscaped(text, BufferOf(buffer, value), isWhole: false);
                break;
            case RenderedType rendered:
                Append(text, rendered, value, indent);
                break;
            case TupleType tuple:
                for (int i = 0; i < tuple.Items.Count; i++)
                {
                    text.Append(i == 0 ? "(" : ", ");
                    Append(text, tuple.Items[i], Take(ref value, tuple.Items[i]), indent);
                }

                text.Append(")"u8);
                break;
            default:
                throw new ArgumentException($"A {type.GetType().Name} is not kept.", nameof(type));
        }
    }

    /// <summary>Writes a part of a key: there integers have a sign and pointers look like it, in values it is the other way round.</summary>
    public void AppendKey(ByteText text, ProbeType type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case IntegerType:
                text.Append(Number(value));
                break;
            case PointerType:
                text.Append("0x"u8);
                text.Append((ulong)Number(value), "x");
                break;
            default:
                Append(text, type, value, KeyIndent);
                break;
        }
    }

    /// <summary>Bytes that print stand for themselves, the others, or all, are <c>\x00</c>.</summary>
    public static void AppendEscaped(ByteText text, ReadOnlySpan<byte> bytes, bool isWhole)
    {
        foreach (byte value in bytes)
        {
            if (!isWhole && value is >= 0x20 and < 0x7f)
            {
                text.Append(value, 1);
            }
            else
            {
                text.Append("\\x"u8);
                text.Append((ulong)value, "x2");
            }
        }
    }

    private void Append(ByteText text, RenderedType type, ReadOnlySpan<byte> value, int indent)
    {
        ulong number = (ulong)Number(value);
        switch (type.Rendering)
        {
            case Rendering.KernelSymbol:
                AppendSymbol(text, number, symbols.Kernel(number), withOffset: false);
                break;
            case Rendering.UserSymbol:
                AppendSymbol(text, number, symbols.User(number, (int)Number(value[8..])), withOffset: false);
                break;
            case Rendering.KernelStack:
                AppendStack(text, type, (int)number, process: null, indent);
                break;
            case Rendering.UserStack:
                AppendStack(text, type, (int)number, (int)(number >> 32), indent);
                break;
            case Rendering.InternetAddress when number is Inet or Inet6:
                text.Append(new IPAddress(value.Slice(8, number == Inet ? 4 : 16)).ToString());
                break;
            case Rendering.InternetAddress:
                break;
            case Rendering.MacAddress:
                for (int i = 0; i < 6; i++)
                {
                    text.Append((byte)':', i == 0 ? 0 : 1);
                    text.Append((ulong)value[i], "X2");
                }

                break;
            case Rendering.UserName:
                text.Append(_users.Find(number) ?? "");
                break;
            case Rendering.Time:
                DateFormat.Append(text, program.TimeFormats[type.Format], clock.At(number));
                break;
            case Rendering.ProbeName:
                text.Append(program.Probes[(int)number].Targets[0].Name);
                break;
        }
    }

    private void AppendStack(ByteText text, RenderedType type, int id, int? process, int indent)
    {
        // A negative number is the error of bpf_get_stackid: a kernel thread has no user stack.
        ReadOnlySpan<ulong> frames = id < 0 ? [] : symbols.Stack(type, id);
        if (frames.IsEmpty)
        {
            return;
        }

        text.Append("\n"u8);
        foreach (ulong address in frames[..Math.Min(frames.Length, type.Depth > 0 ? type.Depth : frames.Length)])
        {
            Symbol? symbol = process is { } user ? symbols.User(address, user) : symbols.Kernel(address);
            if (type.IsPerfStyle)
            {
                text.Append("\t"u8);
                text.Append(address, "x");
                text.Append(" "u8);
            }
            else
            {
                text.Append((byte)' ', indent);
            }

            AppendSymbol(text, address, symbol, withOffset: true);
            if (type.IsPerfStyle && process is not null)
            {
                text.Append($" ({symbol?.Module ?? "[unknown]"})");
            }

            text.Append("\n"u8);
        }
    }

    private static void AppendSymbol(ByteText text, ulong address, Symbol? symbol, bool withOffset)
    {
        if (symbol is { } known)
        {
            text.Append(known.Name);
            if (withOffset)
            {
                text.Append("+"u8);
                text.Append(known.Offset);
            }

            return;
        }

        // A null pointer is "0" in C++'s streams.
        text.Append(address == 0 ? "" : "0x");
        text.Append(address, "x");
    }
}
