using System.Globalization;
using System.Runtime.InteropServices;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>What an update expects to find (linux/bpf.h, <c>BPF_ANY</c> and its like).</summary>
public enum MapUpdate
{
    Any,
    OnlyNew,
    OnlyExisting,
}

/// <summary>
/// A map in the kernel. Keys and values are unmanaged types of exactly its sizes. Thread-safe, as the kernel's own operations are.
/// One that <see cref="Create"/> made is its holder's to dispose; an object's is closed with the object, disposing it does nothing.
/// </summary>
public sealed unsafe partial class BpfMap : IDisposable
{
    private static readonly int _possibleCpus = Libbpf.libbpf_num_possible_cpus();

    private readonly bool _isOwned;
    private bool _isDisposed;

    internal BpfMap(nint handle)
    {
        Name = Handles.Text(Libbpf.bpf_map__name(handle));
        Type = Libbpf.bpf_map__type(handle);
        KeySize = (int)Libbpf.bpf_map__key_size(handle);
        ValueSize = (int)Libbpf.bpf_map__value_size(handle);
        MaxEntries = Libbpf.bpf_map__max_entries(handle);
        Fd = Libbpf.bpf_map__fd(handle);
    }

    private BpfMap(MapDefinition definition, int fd)
    {
        (Name, Type, KeySize, ValueSize, MaxEntries) = definition;
        Fd = fd;
        _isOwned = true;
    }

    /// <summary>The CPUs that a per-CPU map has values for: possible ones, not only those online.</summary>
    public static int PossibleCpus => _possibleCpus;

    public string Name { get; }

    public BpfMapType Type { get; }

    public int KeySize { get; }

    public int ValueSize { get; }

    public uint MaxEntries { get; }

    public int Fd { get; }

    /// <summary>Bytes that <see cref="TryLookup(ReadOnlySpan{byte}, Span{byte})"/> fills: those of all CPUs, each rounded up to 8, of a per-CPU map.</summary>
    public int LookupSize => IsPerCpu ? RoundUp(ValueSize) * _possibleCpus : ValueSize;

    /// <summary>True when each CPU has a value of its own.</summary>
    public bool IsPerCpu => Type is BpfMapType.PerCpuArray or BpfMapType.PerCpuHash or BpfMapType.LruPerCpuHash or BpfMapType.PerCpuCgroupStorage;

    /// <summary>
    /// Bytes of kernel memory, as <c>fdinfo</c> has them. Socket and task storage are not in it, and before Linux 6.4 it is an estimate.
    /// </summary>
    public long MemoryBytes
    {
        get
        {
            string? line = File.ReadLines($"/proc/self/fdinfo/{Fd}").FirstOrDefault(each => each.StartsWith("memlock:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan("memlock:".Length).Trim(), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Makes a map.</summary>
    /// <exception cref="BpfLoadException">The kernel refused.</exception>
    public static BpfMap Create(MapDefinition definition)
    {
        int fd = BpfCall.CreateMap(
            definition.Type, (uint)definition.KeySize, (uint)definition.ValueSize, definition.MaxEntries, definition.Flags,
            innerMapFd: definition.Inner?.Fd ?? 0, name: definition.Name);
        return fd >= 0 ? new(definition, fd) : throw LoadFailure.ExplainMap(definition.Name, -fd);
    }

    /// <summary>Reads the value of a key; false when there is none.</summary>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool TryLookup<TKey, TValue>(in TKey key, out TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        value = default;
        return TryLookup(BytesOf(in key), MemoryMarshal.AsBytes(new Span<TValue>(ref value)));
    }

    /// <summary>Reads a value into a span of <see cref="LookupSize"/> bytes.</summary>
    /// <inheritdoc cref="TryLookup{TKey, TValue}"/>
    public bool TryLookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        CheckSize(key.Length, KeySize, "key");
        CheckSize(value.Length, LookupSize, "value");
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            return Found(Libbpf.bpf_map_lookup_elem(Fd, keyBytes, valueBytes), "read");
        }
    }

    /// <summary>Reads a per-CPU value that is made of 64-bit counters and adds up the CPUs; false when there is no such key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="sums">As many counters as the value has.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TrySum<TKey>(in TKey key, Span<ulong> sums)
        where TKey : unmanaged
    {
        CheckSize(sums.Length * sizeof(ulong), ValueSize, "value");
        int count = sums.Length * _possibleCpus;
        Span<ulong> all = count <= 512 ? stackalloc ulong[count] : new ulong[count];
        if (!TryLookup(BytesOf(in key), MemoryMarshal.AsBytes(all)))
        {
            return false;
        }

        sums.Clear();
        for (int i = 0; i < count; i++)
        {
            sums[i % sums.Length] += all[i];
        }

        return true;
    }

    /// <summary>Writes a value. False when the map is full, or has not got what <paramref name="expected"/> says.</summary>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool TryUpdate<TKey, TValue>(in TKey key, in TValue value, MapUpdate expected = MapUpdate.Any)
        where TKey : unmanaged
        where TValue : unmanaged => TryUpdate(BytesOf(in key), BytesOf(in value), expected);

    /// <inheritdoc cref="TryUpdate{TKey, TValue}"/>
    public bool TryUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdate expected = MapUpdate.Any)
    {
        CheckSize(key.Length, KeySize, "key");
        CheckSize(value.Length, LookupSize, "value");
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            int result = Libbpf.bpf_map_update_elem(Fd, keyBytes, valueBytes, (ulong)expected);
            return result switch
            {
                0 => true,
                -Errno.TooBig or -Errno.Exists or -Errno.NoEntry => false,
                _ => throw Refused("written", -result),
            };
        }
    }

    /// <summary>Deletes a key; false when there was none.</summary>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool TryDelete<TKey>(in TKey key)
        where TKey : unmanaged => TryDelete(BytesOf(in key));

    /// <inheritdoc cref="TryDelete{TKey}"/>
    public bool TryDelete(ReadOnlySpan<byte> key)
    {
        CheckSize(key.Length, KeySize, "key");
        fixed (byte* bytes = key)
        {
            return Found(Libbpf.bpf_map_delete_elem(Fd, bytes), "deleted");
        }
    }

    /// <summary>The first key, in the kernel's order; false when the map is empty.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryFirstKey<TKey>(out TKey key)
        where TKey : unmanaged
    {
        CheckSize(sizeof(TKey), KeySize, "key");
        fixed (TKey* next = &key)
        {
            return Found(Libbpf.bpf_map_get_next_key(Fd, null, next), "walked");
        }
    }

    /// <summary>The key after another, or the first again when that one is gone meanwhile; false at the end.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryNextKey<TKey>(in TKey key, out TKey next)
        where TKey : unmanaged
    {
        CheckSize(sizeof(TKey), KeySize, "key");
        fixed (TKey* previousBytes = &key, nextBytes = &next)
        {
            return Found(Libbpf.bpf_map_get_next_key(Fd, previousBytes, nextBytes), "walked");
        }
    }

    public void Dispose()
    {
        if (_isOwned && !_isDisposed)
        {
            _isDisposed = true;
            _ = Libc.close(Fd);
        }
    }

    public override string ToString() => $"{Name} ({Type})";

    private static int RoundUp(int size) => (size + 7) & ~7;

    private static ReadOnlySpan<byte> BytesOf<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private bool Found(int result, string done) => result switch
    {
        0 => true,
        -Errno.NoEntry => false,
        _ => throw Refused(done, -result),
    };

    private BpfException Refused(string done, int error) => BpfException.From($"Map '{Name}' could not be {done}", error);

    private void CheckSize(int given, int expected, string what)
    {
        if (given != expected)
        {
            throw new ArgumentException($"Map '{Name}' has a {what} of {expected} bytes, not {given}.");
        }
    }
}
