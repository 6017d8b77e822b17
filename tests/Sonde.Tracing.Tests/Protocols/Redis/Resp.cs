using System.Text;

namespace Sonde.Tracing.Tests.Protocols.Redis;

/// <summary>Messages of the Redis serialization protocol.</summary>
internal static class Resp
{
    /// <summary>Commands as clients send them, words separated by spaces.</summary>
    public static string Commands(params string[] commands) => string.Concat(commands.Select(command => Array(command.Split(' '))));

    public static string Array(params string[] strings) => $"*{strings.Length}\r\n" + string.Concat(strings.Select(Bulk));

    public static string Bulk(string text) => $"${Encoding.Latin1.GetByteCount(text)}\r\n{text}\r\n";
}
