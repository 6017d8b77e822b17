using System.Buffers.Binary;
using System.Text;

namespace Sonde.Tracing.Tests.Protocols.Tds;

/// <summary>Messages and tokens of [MS-TDS].</summary>
internal static class Tokens
{
    public static byte[] Message(int type, params byte[] payload) => Packets(type, 4096, payload);

    /// <summary>A message in packets of a size.</summary>
    public static byte[] Packets(int type, int size, params byte[] payload)
    {
        List<byte> bytes = [];
        byte number = 1;
        for (int at = 0; at == 0 || at < payload.Length; at += size - 8)
        {
            byte[] part = payload[at..Math.Min(payload.Length, at + size - 8)];
            bytes.AddRange([(byte)type, (byte)(at + size - 8 >= payload.Length ? 1 : 0), (byte)((part.Length + 8) >> 8), (byte)(part.Length + 8), 0, 0, number++, 0, .. part]);
        }

        return [.. bytes];
    }

    public static byte[] Prelogin(byte encryption) => Message(0x12, 0, 0, 11, 0, 1, 1, 0, 12, 0, 1, 0xff, 9, encryption);

    public static byte[] PreloginAnswer(byte encryption) => [4, .. Prelogin(encryption)[1..]];

    public static byte[] Login(string database)
    {
        byte[] payload = new byte[94];
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(68), 94);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(70), (ushort)database.Length);
        return Message(0x10, [.. payload, .. Encoding.Unicode.GetBytes(database)]);
    }

    public static byte[] Headers { get; } = [22, 0, 0, 0, 18, 0, 0, 0, 2, 0, .. new byte[8], 1, 0, 0, 0];

    public static byte[] Batch(string text, int size = 4096) => Packets(1, size, [.. Headers, .. Encoding.Unicode.GetBytes(text)]);

    /// <summary>sp_executesql, sp_prepexec or sp_execute; the handle is 0 for none.</summary>
    public static byte[] Call(byte procedure, string? text, int handle = 0) => Message(3, [.. Headers, 0xff, 0xff, procedure, 0, 0, 0,
        .. (byte[])(procedure == 10 ? [] : [0, 1, 0x26, 4, 4, .. BitConverter.GetBytes(handle)]),
        .. procedure == 13 ? Text("@id int") : [], .. text is null ? [] : Text(text)]);

    public static byte[] Answer(params byte[] tokens) => Message(4, tokens);

    public static byte[] Done(byte token = 0xfd, int status = 0x10, int command = 0xc1, long rows = 1) => [token, (byte)status, 0, (byte)command, 0, .. BitConverter.GetBytes(rows)];

    public static byte[] Error(int number) =>
        [0xaa, 20, 0, .. BitConverter.GetBytes(number), 1, 16, 3, 0, .. Encoding.Unicode.GetBytes("abc"), 0, 0, 1, 0, 0, 0];

    /// <summary>One column of text and its rows.</summary>
    public static byte[] Rows(int count, int size = 8) =>
        [0x81, 1, 0, 0, 0, 0, 0, 9, 0, 0xe7, 80, 0, 9, 4, 0xd0, 0, 0x34, 1, (byte)'a', 0, .. Enumerable.Range(0, count).SelectMany(_ => (byte[])[0xd1, (byte)size, (byte)(size >> 8), .. Encoding.ASCII.GetBytes(new string('x', size))])];

    public static byte[] Handle(int handle) => [0x79, 0, 0, 0, 0, 0xac, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x26, 4, 4, .. BitConverter.GetBytes(handle)];

    private static byte[] Text(string text) => [0, 0, 0xe7, 0x40, 0x1f, 9, 4, 0xd0, 0, 0x34, (byte)(text.Length * 2), (byte)(text.Length * 2 >> 8), .. Encoding.Unicode.GetBytes(text)];
}
