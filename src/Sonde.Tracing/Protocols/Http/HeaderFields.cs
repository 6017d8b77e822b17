namespace Sonde.Tracing.Protocols.Http;

/// <summary>Walks the header fields of a head (RFC 9112, section 5), whose lines end with CRLF or a bare LF.</summary>
internal ref struct HeaderFields(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The bytes that were walked over.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the empty line that ends the head has been seen.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether <see cref="Name"/> ended with white space, which is a request's error (section 5.1).</summary>
    public bool IsPadded { get; private set; }

    /// <summary>Whether the line continues the one before (obsolete line folding); it has no name.</summary>
    public bool IsFolded { get; private set; }

    /// <summary>Empty when the line is no field.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Without the white space around it.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Takes the next line; false at the end of the head, or where its rest is still to come.</summary>
    public bool MoveNext()
    {
        int end = _rest.IndexOf((byte)'\n');
        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> line = _rest[..end];
        _rest = _rest[(end + 1)..];
        Length += end + 1;
        if (end > 0 && line[end - 1] == '\r')
        {
            line = line[..^1];
        }

        if (line.Length == 0)
        {
            IsEnded = true;
            return false;
        }

        IsFolded = line[0] is (byte)' ' or (byte)'\t';
        IsPadded = false;
        int colon = IsFolded ? -1 : line.IndexOf((byte)':');
        if (colon <= 0)
        {
            Name = default;
            return true;
        }

        Value = Ascii.Trim(line[(colon + 1)..]);
        Name = line[..colon];
        if (line[colon - 1] is (byte)' ' or (byte)'\t')
        {
            IsPadded = true;
            Name = Ascii.Trim(Name);
        }

        return true;
    }

    /// <summary>Whether the field has this name, given in lower case.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => (Name[0] | 0x20) == name[0] && Ascii.EqualsIgnoreCase(Name, name);
}
