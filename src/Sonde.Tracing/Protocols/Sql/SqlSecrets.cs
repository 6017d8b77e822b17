using System.Text;

namespace Sonde.Tracing.Protocols.Sql;

/// <summary>Values that are never shown, whatever the settings say of others.</summary>
internal static class SqlSecrets
{
    /// <summary>
    /// Whether a word says that the statement has to do with a secret; no value behind it is shown then:
    /// <c>ALTER USER … PASSWORD</c>, <c>IDENTIFIED BY</c>, <c>CREATE SUBSCRIPTION … CONNECTION</c>, <c>WITH SECRET =</c>,
    /// <c>AES_ENCRYPT(…)</c>, and columns of such names.
    /// </summary>
    public static bool Announces(ReadOnlySpan<byte> word) =>
        word.Length >= 3 && (Has(word, "passw"u8) || Has(word, "pwd"u8) || Has(word, "secret"u8) || Has(word, "token"u8) || Has(word, "credential"u8)
            || Has(word, "crypt"u8) || Has(word, "apikey"u8) || Has(word, "api_key"u8) || Has(word, "dblink"u8)
            || Is(word, "identified"u8) || Is(word, "connection"u8) || Is(word, "openrowset"u8) || Is(word, "opendatasource"u8));

    /// <summary>Whether a value is, or may hold, a connection string or an address with a password.</summary>
    public static bool IsInside(ReadOnlySpan<byte> literal) =>
        literal.Length >= 5 && (Has(literal, "passw"u8) || Has(literal, "pwd="u8) || Has(literal, "secret"u8) || (Has(literal, "://"u8) && literal.Contains((byte)'@')));

    /// <summary>Whether a text has another in it, given in lower case.</summary>
    private static bool Has(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower)
    {
        for (; text.Length >= lower.Length; text = text[1..])
        {
            if ((text[0] | 0x20) == (lower[0] | 0x20) && Is(text[..lower.Length], lower))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(text, lower);
}
