using System.Buffers;

namespace Sonde.Tracing.Protocols.Redis;

/// <summary>
/// The server's side: replies, and messages that it pushes (RESP2 and RESP3). A reply is one value or many, one in the other; how many are
/// still to come is all that has to be known of where it ends.
/// </summary>
internal sealed class ReplyReader(RedisParser parser) : RespReader
{
    private const long MaxValues = 1L << 40;

    private static readonly SearchValues<byte> s_code = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    /// <summary>An error's code, or a push's kind.</summary>
    private readonly byte[] _word = new byte[32];

    private int _wordLength;
    private bool _takesWord;
    private bool _isAttributed;
    private long _left;
    private Moment _first;

    /// <summary>The first byte of the reply that is being read, or was read last: RESP's type.</summary>
    public byte Type { get; private set; }

    /// <summary>Whether a reply, not a push, has begun and not ended.</summary>
    public bool IsAnswering { get; private set; }

    /// <summary>Whether the reply is an error.</summary>
    public bool IsError => Type is (byte)'-' or (byte)'!';

    /// <summary>Whether it is a message that answers nothing, except to subscriptions.</summary>
    public bool IsPush => Type == (byte)'>';

    /// <summary>The first word of an error, or the kind of a push.</summary>
    public ReadOnlySpan<byte> Word => _word.AsSpan(0, _wordLength);

    /// <summary>The reply is over as far as it was seen.</summary>
    public void Finish() => IsAnswering = false;

    protected override void OnStart(byte first)
    {
        if (_left > 0)
        {
            if (_isAttributed && _left == 1)
            {
                (Type, _isAttributed, _takesWord) = (first, false, true);
            }

            return;
        }

        // Attributes stand before the reply that they are of.
        _isAttributed = first == (byte)'|';
        Type = _isAttributed ? (byte)'_' : first;
        (_wordLength, _left, _takesWord) = (0, 1, !_isAttributed);
        _first = Last;
        if (!parser.MayAnswer(first))
        {
            Lose();
        }
        else if (!IsPush)
        {
            IsAnswering = true;
            parser.BeginReply(_first);
        }
    }

    protected override void OnLine(ReadOnlySpan<byte> line)
    {
        byte type = line.Length > 0 ? line[0] : (byte)0;
        bool isWhole = false, isValid = true;
        long count;
        switch (type)
        {
            case (byte)'+' or (byte)'-':
                TakeWord(line[1..]);
                isWhole = true;
                break;
            case (byte)':' or (byte)'_' or (byte)',' or (byte)'#' or (byte)'(':
                isWhole = true;
                break;
            case (byte)'$' or (byte)'!' or (byte)'=':
                isValid = TryNumber(line, out count) && (count == -1 || BeginString(count));
                isWhole = isValid && count == -1;
                break;
            case (byte)'*' or (byte)'~' or (byte)'>' or (byte)'%':
                isValid = TryNumber(line, out count) && count is >= -1 and < MaxValues && (type == '*' || count >= 0);
                _left += count <= 0 ? 0 : type == '%' ? 2 * count : count;
                isWhole = isValid;
                break;
            case (byte)'|':
                isValid = TryNumber(line, out count) && count is >= 0 and < MaxValues;
                _left += 2 * count;
                break;
            default:
                isValid = false;
                break;
        }

        if (!isValid || _left > MaxValues)
        {
            Lose();
            parser.FailReply();
        }
        else if (isWhole)
        {
            EndValue();
        }
    }

    protected override void OnString(ReadOnlySpan<byte> piece)
    {
        if (_takesWord && (IsPush || IsError))
        {
            int taken = Math.Min(piece.Length, _word.Length - _wordLength);
            piece[..taken].CopyTo(_word.AsSpan(_wordLength));
            _wordLength += taken;
        }
    }

    protected override void OnStringEnd()
    {
        if (_takesWord && (IsPush || IsError))
        {
            CutWord();
        }

        _takesWord = false;
        EndValue();
    }

    protected override void OnLost()
    {
    }

    protected override void OnRestart() => (_left, IsAnswering) = (0, false);

    private void TakeWord(ReadOnlySpan<byte> text)
    {
        if (_takesWord)
        {
            _takesWord = false;
            _wordLength = Math.Min(text.Length, _word.Length);
            text[.._wordLength].CopyTo(_word);
            CutWord();
        }
    }

    /// <summary>An error's code is its first word, in capital letters; everything behind it may be what the client sent.</summary>
    private void CutWord()
    {
        int space = Word.IndexOf((byte)' ');
        _wordLength = space >= 0 ? space : _wordLength == _word.Length ? 0 : _wordLength;
        if (IsError && Word.ContainsAnyExcept(s_code))
        {
            _wordLength = 0;
        }
    }

    private void EndValue()
    {
        if (--_left == 0)
        {
            parser.EndReply(Last);
        }
    }
}
