using System.Runtime.InteropServices;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>
/// The values of an array map, mapped into this process for reading and writing (<c>BPF_F_MMAPABLE</c>, Linux 5.5): both sides
/// see the same bytes, without a system call. One thread disposes, after all others are done with it.
/// </summary>
public sealed unsafe class MappedArray : IDisposable
{
    private readonly nuint _length;
    private byte* _memory;

    /// <param name="map">An array map with <c>BPF_F_MMAPABLE</c>, which must outlive this.</param>
    /// <exception cref="BpfException">It cannot be mapped.</exception>
    public MappedArray(BpfMap map)
    {
        if (map.Type != BpfMapType.Array)
        {
            throw new ArgumentException($"Map '{map.Name}' is no array but {map.Type}.", nameof(map));
        }

        Count = (int)map.MaxEntries;
        ValueSize = (map.ValueSize + 7) & ~7;
        nuint page = (nuint)Environment.SystemPageSize;
        _length = ((nuint)ValueSize * (nuint)Count + page - 1) / page * page;
        void* memory = Libc.mmap(null, _length, Libc.ReadWriteProtection, Libc.Shared, map.Fd, 0);
        if (Libc.IsMapFailed(memory))
        {
            throw BpfException.From($"Array '{map.Name}' could not be mapped", Marshal.GetLastPInvokeError());
        }

        _memory = (byte*)memory;
    }

    /// <summary>Elements.</summary>
    public int Count { get; }

    /// <summary>Bytes from one element to the next: the value's, rounded up to 8.</summary>
    public int ValueSize { get; }

    /// <summary>Where an element lies, until this is disposed.</summary>
    public byte* this[int index]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory == null, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return _memory + (nint)index * ValueSize;
        }
    }

    public void Dispose()
    {
        if (_memory != null)
        {
            _ = Libc.munmap(_memory, _length);
            _memory = null;
        }
    }
}
