using System.Buffers.Text;

namespace Sonde.Tracing.Protocols.Redis;

/// <summary>
/// Follows one side of a connection as the Redis serialization protocol (RESP) cuts it: lines, and strings whose length a line gave. Strings
/// are passed over by arithmetic, since most of their bytes are only counted.
/// </summary>
internal abstract class RespReader : SideReader
{
    /// <summary>Redis takes no longer string by default (<c>proto-max-bulk-len</c>).</summary>
    private const long MaxString = 512L << 20;

    /// <summary>So much of a line is kept: enough for any header, for an error's code, and for what people type.</summary>
    private readonly byte[] _line = new byte[512];

    private int _kept;
    private bool _isInLine;
    private ulong _string;

    /// <summary>Whether the place in the stream is lost: what comes next may be anything.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Takes the next byte for the first of a message.</summary>
    public override void Restart()
    {
        IsLost = false;
        _isInLine = false;
        _string = 0;
        OnRestart();
    }

    /// <summary>The place in the stream is lost.</summary>
    public void Lose() => IsLost = true;

    /// <summary>The first byte of a line has come.</summary>
    protected abstract void OnStart(byte first);

    /// <summary>A line, without its end; cut when it is long.</summary>
    protected abstract void OnLine(ReadOnlySpan<byte> line);

    /// <summary>A piece of a string's bytes, as far as they are captured.</summary>
    protected abstract void OnString(ReadOnlySpan<byte> piece);

    /// <summary>The string has passed.</summary>
    protected abstract void OnStringEnd();

    /// <summary>Bytes passed of which it is not known what they were.</summary>
    protected abstract void OnLost();

    /// <summary>A message begins with the next byte.</summary>
    protected abstract void OnRestart();

    /// <summary>A string of so many bytes follows the line; false when that is none that Redis would take.</summary>
    protected bool BeginString(long length)
    {
        if (length is < 0 or > MaxString)
        {
            return false;
        }

        _string = (ulong)length + 2;
        return true;
    }

    /// <summary>The number in a line behind its first byte; false when there is none.</summary>
    protected static bool TryNumber(ReadOnlySpan<byte> line, out long number) =>
        Utf8Parser.TryParse(line[1..], out number, out int used) && used == line.Length - 1;

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && !IsLost)
        {
            int taken = _string > 0 ? TakeString(bytes) : TakeLine(bytes);
            bytes = bytes[taken..];
        }
    }

    private int TakeString(ReadOnlySpan<byte> bytes)
    {
        int taken = (int)Math.Min(_string, (ulong)bytes.Length);
        // The two bytes behind it are its end.
        int own = (int)Math.Min((ulong)taken, _string > 2 ? _string - 2 : 0);
        if (own > 0)
        {
            OnString(bytes[..own]);
        }

        Pass((ulong)taken);
        return taken;
    }

    private int TakeLine(ReadOnlySpan<byte> bytes)
    {
        if (!_isInLine)
        {
            _isInLine = true;
            _kept = 0;
            OnStart(bytes[0]);
            if (IsLost)
            {
                return bytes.Length;
            }
        }

        int end = bytes.IndexOf((byte)'\n');
        int taken = end < 0 ? bytes.Length : end + 1;
        ReadOnlySpan<byte> line = bytes[..taken];
        if (_kept > 0 || end < 0)
        {
            int kept = Math.Min(taken, _line.Length - _kept);
            line[..kept].CopyTo(_line.AsSpan(_kept));
            _kept += kept;
            line = _line.AsSpan(0, _kept);
        }

        if (end >= 0)
        {
            _isInLine = false;
            line = line.Length > _line.Length ? line[.._line.Length] : line;
            OnLine(line.EndsWith("\r\n"u8) ? line[..^2] : line.EndsWith("\n"u8) ? line[..^1] : line);
        }

        return taken;
    }

    protected override void Skip(ulong count)
    {
        if (IsLost)
        {
            return;
        }

        ulong own = Math.Min(count, _string);
        if (own > 0)
        {
            Pass(own);
        }

        if (count > own && !IsLost)
        {
            IsLost = true;
            OnLost();
        }
    }

    private void Pass(ulong count)
    {
        _string -= count;
        if (_string == 0)
        {
            OnStringEnd();
        }
    }
}
