using System.Text;

namespace Sonde.Tracing.Tests.Protocols.MySql;

/// <summary>Packets of MySQL's protocol, as its documentation has them.</summary>
internal static class Packets
{
    public static byte[] Packet(int number, params byte[] payload) =>
        [(byte)payload.Length, (byte)(payload.Length >> 8), (byte)(payload.Length >> 16), (byte)number, .. payload];

    public static byte[] Greeting(string version = "8.0.36", uint capabilities = 0xffff_ffff) => Packet(0,
        [10, .. Ascii(version), 0, 1, 0, 0, 0, .. new byte[8], 0, (byte)capabilities, (byte)(capabilities >> 8), 33, 2, 0, (byte)(capabilities >> 16), (byte)(capabilities >> 24), 21, .. new byte[10], .. new byte[13]]);

    /// <summary>Protocol 4.1, a secure password, a database.</summary>
    public static byte[] Login(string database = "shop", uint capabilities = 0x0000_8208) => Packet(1,
        [.. BitConverter.GetBytes(capabilities), .. new byte[28], .. Ascii("jo"), 0, 4, .. Ascii("hash"), .. Ascii(database), 0]);

    public static byte[] Ok(int number = 1, int affected = 0, int status = 2, byte header = 0) =>
        Packet(number, header, (byte)affected, 0, (byte)status, (byte)(status >> 8), 0, 0);

    public static byte[] EndOfFile(int number, int status = 2) => Packet(number, 0xfe, 0, 0, (byte)status, (byte)(status >> 8));

    public static byte[] Error(int code, string message, int number = 1) => Packet(number, [0xff, (byte)code, (byte)(code >> 8), .. Ascii("#42S02" + message)]);

    public static byte[] Command(int command, string text) => Packet(0, [(byte)command, .. Encoding.UTF8.GetBytes(text)]);

    public static byte[] Query(string text) => Command(3, text);

    /// <summary>One column and its rows; with EOF packets, or with an OK packet in place of the last.</summary>
    public static byte[] Rows(int count, bool deprecatesEof = false, int status = 2, int number = 1, int size = 5)
    {
        List<byte> bytes = [.. Packet(number++, 1), .. Packet(number++, Ascii("def"))];
        bytes.AddRange(deprecatesEof ? [] : EndOfFile(number++, status: 2));
        for (int i = 0; i < count; i++)
        {
            bytes.AddRange(Packet(number++, [0xfc, (byte)size, (byte)(size >> 8), .. Ascii(new string('x', size))]));
        }

        bytes.AddRange(deprecatesEof ? Ok(number, status: status, header: 0xfe) : EndOfFile(number, status));
        return [.. bytes];
    }

    /// <summary>A prepared statement of one parameter and one column.</summary>
    public static byte[] Prepared(byte id) =>
        [.. Packet(1, 0, id, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0), .. Packet(2, Ascii("def")), .. EndOfFile(3), .. Packet(4, Ascii("def")), .. EndOfFile(5)];

    public static byte[] Execute(byte id) => Packet(0, 0x17, id, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 0, 7, 0, 0, 0);

    public static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
