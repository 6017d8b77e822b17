namespace Sonde.Tracing.Protocols.Redis;

/// <summary>The client's side: commands, as arrays of strings or as lines that somebody types.</summary>
internal sealed class CommandReader(RedisParser parser) : RespReader
{
    /// <summary>Redis takes no more arguments.</summary>
    private const long MaxArguments = 1 << 20;

    /// <summary>So much of an argument is shown.</summary>
    private const int ShownBytes = 96;

    private readonly byte[] _argument = new byte[ShownBytes];
    private int _kept;
    private long _length;
    private long _left;
    private int _index;
    private bool _isIgnored;
    private bool _isNew;
    private CommandRule _rule;
    private Moment _first;

    /// <summary>Whether a command has begun, and its last byte has not come.</summary>
    public bool IsInCommand => _left > 0;

    protected override void OnStart(byte first)
    {
        if (_left == 0)
        {
            _first = Last;
            _isNew = true;
            if (!parser.MayBegin(first))
            {
                Lose();
            }
        }
    }

    protected override void OnLine(ReadOnlySpan<byte> line)
    {
        if (_left > 0)
        {
            if (!line.StartsWith("$"u8) || !TryNumber(line, out _length) || !BeginString(_length))
            {
                Fail();
            }

            _kept = 0;
        }
        else if (line.StartsWith("*"u8))
        {
            // An array of nothing is passed over by the server, too.
            if (!TryNumber(line, out long count) || count > MaxArguments)
            {
                Fail();
            }
            else if (count > 0)
            {
                (_left, _index) = (count, 0);
            }
        }
        else
        {
            ReadInline(line);
        }
    }

    protected override void OnString(ReadOnlySpan<byte> piece)
    {
        int taken = Math.Min(piece.Length, _argument.Length - _kept);
        piece[..taken].CopyTo(_argument.AsSpan(_kept));
        _kept += taken;
    }

    protected override void OnStringEnd()
    {
        TakeArgument(_argument.AsSpan(0, _kept), _kept < _length);
        if (--_left == 0 && !_isIgnored)
        {
            parser.EndCommand(Last, isCut: false);
        }
    }

    protected override void OnLost()
    {
        if (_left > 0 && _index > 0 && !_isIgnored)
        {
            parser.EndCommand(Last, isCut: true);
        }

        _left = 0;
        parser.MissCommands();
    }

    protected override void OnRestart() => _left = 0;

    /// <summary>RESP's inline commands: words, and quotation marks that only matter to whoever shows them.</summary>
    private void ReadInline(ReadOnlySpan<byte> line)
    {
        _index = 0;
        foreach (Range range in line.SplitAny(" \t"u8))
        {
            ReadOnlySpan<byte> word = line[range];
            if (word.Length > 0)
            {
                TakeArgument(word[..Math.Min(word.Length, ShownBytes)], word.Length > ShownBytes);
            }
        }

        if (_index > 0 && !_isIgnored)
        {
            parser.EndCommand(Last, isCut: false);
        }
    }

    private void TakeArgument(ReadOnlySpan<byte> argument, bool isCut)
    {
        if (_index == 0)
        {
            _rule = RedisCommands.Find(argument);
            _isNew = false;
            _isIgnored = !parser.BeginCommand(isCut || !IsName(argument) ? "(unknown)"u8 : argument, _rule, _first);
        }
        else if (!_isIgnored)
        {
            parser.TakeArgument(_index, argument, isCut, _rule.Keeps(_index));
        }

        _index++;
    }

    private void Fail()
    {
        bool isNew = _isNew;
        _left = 0;
        Lose();
        parser.FailCommand(isNew);
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (byte character in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)character) && character is not ((byte)'.' or (byte)'_' or (byte)'-'))
            {
                return false;
            }
        }

        return name.Length is > 0 and <= 32;
    }
}
