namespace Sonde.Tracing.Protocols.Dns;

/// <summary>What the numbers of DNS are called (IANA, Domain Name System Parameters).</summary>
internal static class DnsNames
{
    private static readonly byte[][] s_types = Table(
        (1, "A"), (2, "NS"), (5, "CNAME"), (6, "SOA"), (12, "PTR"), (13, "HINFO"), (15, "MX"), (16, "TXT"), (28, "AAAA"), (33, "SRV"), (35, "NAPTR"),
        (39, "DNAME"), (43, "DS"), (44, "SSHFP"), (46, "RRSIG"), (47, "NSEC"), (48, "DNSKEY"), (50, "NSEC3"), (52, "TLSA"), (64, "SVCB"), (65, "HTTPS"),
        (99, "SPF"), (251, "IXFR"), (252, "AXFR"), (255, "ANY"), (256, "URI"), (257, "CAA"));

    private static readonly byte[][] s_codes = Table(
        (1, "FORMERR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (4, "NOTIMP"), (5, "REFUSED"), (6, "YXDOMAIN"), (7, "YXRRSET"), (8, "NXRRSET"), (9, "NOTAUTH"),
        (10, "NOTZONE"));

    /// <summary>A type of records; one without a name as RFC 3597 writes it: <c>TYPE1234</c>.</summary>
    public static ReadOnlySpan<byte> Type(ushort type, Span<byte> room) => Name(s_types, type, "TYPE"u8, room);

    /// <summary>A response's code.</summary>
    public static ReadOnlySpan<byte> ResponseCode(int code, Span<byte> room) => Name(s_codes, code, "RCODE"u8, room);

    private static ReadOnlySpan<byte> Name(byte[][] names, int number, ReadOnlySpan<byte> prefix, Span<byte> room)
    {
        if (number < names.Length && names[number].Length > 0)
        {
            return names[number];
        }

        prefix.CopyTo(room);
        _ = number.TryFormat(room[prefix.Length..], out int length);
        return room[..(prefix.Length + length)];
    }

    private static byte[][] Table(params (int Number, string Name)[] rows)
    {
        var table = new byte[rows.Max(row => row.Number) + 1][];
        Array.Fill(table, []);
        foreach ((int number, string name) in rows)
        {
            table[number] = System.Text.Encoding.ASCII.GetBytes(name);
        }

        return table;
    }
}
