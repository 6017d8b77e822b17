namespace Sonde.Tracing.Protocols.Http2.Hpack;

/// <summary>
/// Decodes the header blocks of one side of a connection (RFC 7541). They must come in their order, all of them: what a block puts
/// into the table is what later ones refer to. Never throws, and does not allocate once its table has grown.
/// </summary>
internal sealed class HpackDecoder
{
    /// <summary>The longest block, as captured.</summary>
    public const int MaxBlockLength = 16_384;

    [ThreadStatic]
    private static byte[]? t_scratch;

    private readonly DynamicTable _table = new();

    /// <summary>The table, for those who look into it.</summary>
    internal DynamicTable Table => _table;

    /// <summary>Another connection begins.</summary>
    public void Reset() => _table.Reset();

    /// <summary>A block was lost, and with it what it did to the table.</summary>
    public void Lose() => _table.Forget();

    /// <summary>Decodes a block.</summary>
    /// <param name="block">Its bytes, at most <see cref="MaxBlockLength"/>.</param>
    /// <param name="isCut">Whether more of it passed, which is then lost to the table, too.</param>
    /// <param name="fields">Takes the fields; it is cleared before.</param>
    /// <returns>False when it is no header block: it is as good as lost.</returns>
    public bool Decode(ReadOnlySpan<byte> block, bool isCut, FieldSet fields)
    {
        fields.Clear();
        fields.IsCut = isCut;
        byte[] scratch = t_scratch ??= new byte[HuffmanCode.MaxDecodedLength(MaxBlockLength)];
        var reader = new HpackReader(block);
        while (!reader.IsAtEnd)
        {
            if (!DecodeField(ref reader, scratch, fields))
            {
                Lose();
                return isCut && reader.IsShort;
            }
        }

        if (isCut)
        {
            Lose();
        }

        return true;
    }

    private bool DecodeField(ref HpackReader reader, Span<byte> scratch, FieldSet fields)
    {
        byte first = reader.Next;
        if ((first & 0x80) != 0)
        {
            return DecodeIndexed(ref reader, fields);
        }

        if ((first & 0xe0) == 0x20)
        {
            if (!reader.TryReadInteger(5, out int size))
            {
                return false;
            }

            _table.Resize(size);
            return true;
        }

        bool isInserted = (first & 0x40) != 0;
        if (!reader.TryReadInteger(isInserted ? 6 : 4, out int index)
            || !TryReadName(ref reader, scratch, index, out FieldName name, out int nameLength))
        {
            return false;
        }

        if (name <= FieldName.Other && !isInserted)
        {
            fields.Add(name, default);
            return reader.TrySkipString();
        }

        if (!reader.TryReadString(scratch, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        fields.Add(name, value);
        if (isInserted)
        {
            _table.Insert(name, nameLength, value);
        }

        return true;
    }

    private bool DecodeIndexed(ref HpackReader reader, FieldSet fields)
    {
        if (!reader.TryReadInteger(7, out int index) || index == 0)
        {
            return false;
        }

        if (index <= StaticTable.Count)
        {
            ref readonly StaticTable.Entry entry = ref StaticTable.At(index);
            fields.Add(entry.Name, entry.Value);
            return true;
        }

        _table.TryGet(index - StaticTable.Count - 1, out FieldName name, out _, out ReadOnlySpan<byte> value);
        fields.Add(name, value);
        return true;
    }

    private bool TryReadName(ref HpackReader reader, Span<byte> scratch, int index, out FieldName name, out int length)
    {
        if (index > StaticTable.Count)
        {
            _table.TryGet(index - StaticTable.Count - 1, out name, out length, out _);
            return true;
        }

        if (index > 0)
        {
            ref readonly StaticTable.Entry entry = ref StaticTable.At(index);
            (name, length) = (entry.Name, entry.NameLength);
            return true;
        }

        bool isRead = reader.TryReadString(scratch, out ReadOnlySpan<byte> text);
        name = FieldNames.Find(text);
        length = text.Length;
        return isRead;
    }
}
