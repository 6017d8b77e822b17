using System.Buffers.Text;

namespace Sonde.Bpf.Symbols;

/// <summary>A line of <c>/proc/kallsyms</c>: <c>ffffffff81000000 T name\t[module]</c>.</summary>
/// <param name="address">Where the symbol starts; 0 when the kernel hides it.</param>
/// <param name="isFunction">By its letter: <c>t</c> and <c>w</c> in either case.</param>
/// <param name="rest">The name, and behind a tab the module.</param>
internal readonly ref struct KernelSymbolLine(ulong address, bool isFunction, ReadOnlySpan<byte> rest)
{
    internal ulong Address { get; } = address;

    internal bool IsFunction { get; } = isFunction;

    internal ReadOnlySpan<byte> Rest { get; } = rest;

    internal ReadOnlySpan<byte> Name => Rest.IndexOf((byte)'\t') is >= 0 and int tab ? Rest[..tab] : Rest;

    internal ReadOnlySpan<byte> Module => Rest.IndexOf((byte)'\t') is >= 0 and int tab ? Rest[(tab + 1)..].Trim("[]"u8) : default;

    /// <summary>The lines of a file, read in pieces.</summary>
    internal static Lines ReadAll(string path) => new(path);

    private static bool TryParse(ReadOnlySpan<byte> line, out KernelSymbolLine symbol)
    {
        if (!Utf8Parser.TryParse(line, out ulong address, out int digits, 'x') || line.Length < digits + 4)
        {
            symbol = default;
            return false;
        }

        symbol = new(address, (line[digits + 1] | 0x20) is 't' or 'w', line[(digits + 3)..]);
        return true;
    }

    internal ref struct Lines(string path)
    {
        private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        private readonly byte[] _buffer = new byte[64 * 1024];
        private int _start;
        private int _end;

        public KernelSymbolLine Current { get; private set; }

        public readonly Lines GetEnumerator() => this;

        public readonly void Dispose() => _file.Dispose();

        public bool MoveNext()
        {
            while (true)
            {
                Span<byte> waiting = _buffer.AsSpan(_start, _end - _start);
                int length = waiting.IndexOf((byte)'\n');
                if (length >= 0)
                {
                    _start += length + 1;
                    if (TryParse(waiting[..length], out KernelSymbolLine symbol))
                    {
                        Current = symbol;
                        return true;
                    }

                    continue;
                }

                waiting.CopyTo(_buffer);
                (_start, _end) = (0, waiting.Length);
                // A line longer than the buffer is none of the kernel's.
                int read = _end == _buffer.Length ? 0 : _file.Read(_buffer, _end, _buffer.Length - _end);
                if (read == 0)
                {
                    return false;
                }

                _end += read;
            }
        }
    }
}
