using System.Buffers.Binary;
using System.Text;

namespace Sonde.Tracing.Tests.Protocols.PostgreSql;

/// <summary>Messages of PostgreSQL's protocol, as its manual has them.</summary>
internal static class Messages
{
    public static byte[] Message(char type, params byte[] body) => [(byte)type, .. Int32(body.Length + 4), .. body];

    public static byte[] Startup(params string[] parameters) => Opening(196608, [.. parameters.SelectMany(Text), 0]);

    public static byte[] Opening(int code, params byte[] body) => [.. Int32(body.Length + 8), .. Int32(code), .. body];

    /// <summary>The password was right: some parameters, a key, ready.</summary>
    public static byte[] Welcome(string strings = "on") =>
        [.. Message('R', Int32(0)), .. Message('S', [.. Text("standard_conforming_strings"), .. Text(strings)]), .. Message('K', new byte[8]), .. Ready()];

    public static byte[] Query(string text) => Message('Q', Text(text));

    public static byte[] Parse(string text, string name = "") => Message('P', [.. Text(name), .. Text(text), 0, 0]);

    public static byte[] Bind(string name = "", string portal = "") => Message('B', [.. Text(portal), .. Text(name), 0, 0, 0, 1, .. Int32(7), .. Encoding.ASCII.GetBytes("planted"), 0, 0]);

    public static byte[] Execute(string portal = "") => Message('E', [.. Text(portal), .. Int32(0)]);

    public static byte[] Sync() => Message('S');

    /// <summary>A description and so many rows.</summary>
    public static byte[] Rows(int count) =>
        [.. Message('T', 0, 0), .. Enumerable.Range(0, count).SelectMany(_ => Message('D', [0, 1, .. Int32(7), .. Encoding.ASCII.GetBytes("planted")]))];

    public static byte[] Complete(string tag) => Message('C', Text(tag));

    public static byte[] Error(string state) =>
        Message('E', [.. Text("SERROR"), .. Text("VERROR"), .. Text("C" + state), .. Text("Mplanted"), 0]);

    public static byte[] Ready(char status = 'I') => Message('Z', (byte)status);

    private static byte[] Int32(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
