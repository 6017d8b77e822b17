using System.Globalization;
using System.Text;

namespace Sonde.Probes.Output;

/// <summary>Text as C has it, being written: bytes, since what the kernel calls a string need not be UTF-8.</summary>
internal sealed class ByteText
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    public void Append(string text) => Length += Encoding.UTF8.GetBytes(text, Reserve(Encoding.UTF8.GetMaxByteCount(text.Length)));

    public void Append(long number)
    {
        number.TryFormat(Reserve(20), out int written, provider: CultureInfo.InvariantCulture);
        Length += written;
    }

    public void Append(ulong number, string? format = null)
    {
        number.TryFormat(Reserve(32), out int written, format, CultureInfo.InvariantCulture);
        Length += written;
    }

    public void Append(byte value, int count)
    {
        if (count > 0)
        {
            Reserve(count)[..count].Fill(value);
            Length += count;
        }
    }

    /// <summary>Appends the text on the left or the right of a field that is at least so wide.</summary>
    public void AppendField(ReadOnlySpan<byte> text, int width, bool isLeft)
    {
        Append((byte)' ', isLeft ? 0 : width - text.Length);
        Append(text);
        Append((byte)' ', isLeft ? width - text.Length : 0);
    }

    public override string ToString() => Encoding.UTF8.GetString(Written);

    private Span<byte> Reserve(int count)
    {
        if (Length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Length + count, _bytes.Length * 2));
        }

        return _bytes.AsSpan(Length);
    }
}
