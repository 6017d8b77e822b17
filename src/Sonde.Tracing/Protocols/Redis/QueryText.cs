namespace Sonde.Tracing.Protocols.Redis;

/// <summary>
/// <c>db.query.text</c>: commands as one would type them in <c>redis-cli</c>, with <c>?</c> in the place of values. Those of a transaction
/// have <c>; </c> between them, and one that comes again and again stands once.
/// </summary>
internal sealed class QueryText
{
    /// <summary>Longer texts are cut.</summary>
    private const int MaxLength = 1024;

    private readonly byte[] _bytes = new byte[MaxLength];
    private int _length;
    private int _command;
    private int _before;
    private bool _isCut;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Begins a text anew.</summary>
    public void Clear()
    {
        _length = _command = 0;
        _before = -1;
        _isCut = false;
    }

    /// <summary>Begins another command.</summary>
    public void Begin(ReadOnlySpan<byte> name)
    {
        if (_length > 0)
        {
            EndCommand();
            _before = _command;
            Append("; "u8);
        }

        _command = _length;
        Append(name);
    }

    /// <summary>Adds an argument that is shown; one that <c>redis-cli</c> would quote is quoted.</summary>
    /// <param name="argument">Its first bytes.</param>
    /// <param name="isCut">Whether it has more.</param>
    public void Show(ReadOnlySpan<byte> argument, bool isCut)
    {
        Append(" "u8);
        bool isPlain = argument.Length > 0;
        foreach (byte character in argument)
        {
            isPlain &= character is > (byte)' ' and < 0x7f and not ((byte)'"' or (byte)'\\' or (byte)'\'' or (byte)';' or (byte)'?');
        }

        if (isPlain)
        {
            Append(argument);
        }
        else
        {
            Append("\""u8);
            foreach (byte character in argument)
            {
                Escape(character);
            }

            Append("\""u8);
        }

        if (isCut)
        {
            Append("..."u8);
        }
    }

    /// <summary>Adds an argument that is not shown.</summary>
    public void Hide() => Append(" ?"u8);

    /// <summary>The rest of the command is not known.</summary>
    public void Cut() => Append(" ..."u8);

    /// <summary>The command is whole: if it is the same as the one before, it is left out.</summary>
    public void EndCommand()
    {
        ReadOnlySpan<byte> command = _bytes.AsSpan(_command, _length - _command);
        if (_before >= 0 && !_isCut && _command >= 2 && command.SequenceEqual(_bytes.AsSpan(_before, Math.Max(0, _command - 2 - _before))))
        {
            _length = _command - 2;
            _command = _before;
            _before = -1;
        }
    }

    private void Escape(byte character)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        switch (character)
        {
            case (byte)'"' or (byte)'\\':
                Append([(byte)'\\', character]);
                break;
            case (byte)'\n':
                Append("\\n"u8);
                break;
            case (byte)'\r':
                Append("\\r"u8);
                break;
            case (byte)'\t':
                Append("\\t"u8);
                break;
            case < (byte)' ' or > 0x7e:
                Append([(byte)'\\', (byte)'x', digits[character >> 4], digits[character & 15]]);
                break;
            default:
                Append([character]);
                break;
        }
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        if (_isCut)
        {
            return;
        }

        if (_length + text.Length > MaxLength - 4)
        {
            _isCut = true;
            text = " ..."u8;
        }

        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
    }
}
