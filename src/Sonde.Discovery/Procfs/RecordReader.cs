using Microsoft.Win32.SafeHandles;

namespace Sonde.Discovery.Procfs;

/// <summary>
/// Walks a file record by record (lines, or strings ended by a zero byte) within one buffer and up to a limit of bytes.
/// A record longer than the buffer is passed over.
/// </summary>
internal ref struct RecordReader(SafeFileHandle file, byte separator, Span<byte> buffer, long limit)
{
    private readonly Span<byte> _buffer = buffer;
    private int _start;
    private int _end;
    private long _offset;
    private bool _passOver;
    private bool _atEnd;

    /// <summary>The record without its separator; valid until the next <see cref="MoveNext"/>.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    public bool MoveNext()
    {
        while (true)
        {
            var length = _buffer[_start.._end].IndexOf(separator);
            if (length >= 0)
            {
                Current = _buffer.Slice(_start, length);
                _start += length + 1;
                if (!_passOver)
                {
                    return true;
                }

                _passOver = false;
            }
            else if (_atEnd)
            {
                Current = _buffer[_start.._end];
                _start = _end;
                return !Current.IsEmpty && !_passOver;
            }
            else
            {
                Fill();
            }
        }
    }

    private void Fill()
    {
        if (_start == 0 && _end == _buffer.Length)
        {
            _passOver = true;
            _end = 0;
        }
        else
        {
            _buffer[_start.._end].CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = _offset < limit ? BoundedFile.ReadOnce(file, _buffer[_end..], _offset) : 0;
        if (read <= 0)
        {
            // What the limit cut is not a record.
            _passOver |= _offset >= limit;
            _atEnd = true;
            return;
        }

        _offset += read;
        _end += read;
    }
}
