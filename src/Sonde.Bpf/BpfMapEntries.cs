using System.Buffers;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>Takes one entry of a map; the bytes are the reader's again when it returns.</summary>
/// <param name="key"><see cref="BpfMap.KeySize"/> bytes.</param>
/// <param name="value"><see cref="BpfMap.LookupSize"/> bytes.</param>
public delegate void EntryHandler(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

/// <summary>Many entries at a time: whole hash buckets by <c>BPF_MAP_LOOKUP_BATCH</c> (5.6+), so that none is seen twice or missed because of another.</summary>
public sealed unsafe partial class BpfMap
{
    private const int BatchBytes = 256 << 10, LeastBatch = 16, MostBatch = 4096;

    /// <summary>Hands over every entry, in no order: of hash tables those that are there, of arrays all.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void ReadAll(EntryHandler handler)
    {
        if (Type is BpfMapType.Array or BpfMapType.PerCpuArray)
        {
            ReadArray(handler);
            return;
        }

        int keyRoom = Math.Max(KeySize, sizeof(uint));
        uint fitting = (uint)Math.Min(MaxEntries, Math.Clamp(BatchBytes / (keyRoom + LookupSize), LeastBatch, MostBatch));
        byte[] places = new byte[2 * keyRoom];
        bool isFirst = true;
        while (true)
        {
            byte[] keys = ArrayPool<byte>.Shared.Rent((int)fitting * KeySize), values = ArrayPool<byte>.Shared.Rent((int)fitting * LookupSize);
            try
            {
                uint count = fitting;
                int result = ReadBatch(places, isFirst, keys, values, ref count);
                if (result == -Errno.NoSpace && fitting < MaxEntries)
                {
                    // A hash bucket holds more than that.
                    fitting = Math.Min(2 * fitting, MaxEntries);
                    continue;
                }

                if (result is not 0 and not -Errno.NoEntry)
                {
                    throw Refused("read", -result);
                }

                for (int i = 0; i < count; i++)
                {
                    handler(keys.AsSpan(i * KeySize, KeySize), values.AsSpan(i * LookupSize, LookupSize));
                }

                if (result == -Errno.NoEntry)
                {
                    return;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(keys);
                ArrayPool<byte>.Shared.Return(values);
            }

            isFirst = false;
            places.AsSpan(keyRoom).CopyTo(places);
        }
    }

    /// <summary>Deletes keys; one that is not there is passed over.</summary>
    /// <param name="keys">One behind the other.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void DeleteAll(ReadOnlySpan<byte> keys)
    {
        while (!keys.IsEmpty)
        {
            uint count = (uint)(keys.Length / KeySize);
            int result;
            fixed (byte* bytes = keys)
            {
                result = BpfCall.DeleteBatch(Fd, bytes, ref count);
            }

            if (result is not 0 and not -Errno.NoEntry)
            {
                throw Refused("deleted", -result);
            }

            // The kernel stops at a key that is gone already.
            keys = keys[Math.Min(keys.Length, ((int)count + (result == 0 ? 0 : 1)) * KeySize)..];
        }
    }

    private int ReadBatch(byte[] places, bool isFirst, byte[] keys, byte[] values, ref uint count)
    {
        fixed (byte* place = places, keyBytes = keys, valueBytes = values)
        {
            return BpfCall.LookupBatch(Fd, isFirst ? null : place, place + (places.Length / 2), keyBytes, valueBytes, ref count);
        }
    }

    private void ReadArray(EntryHandler handler)
    {
        byte[] value = new byte[LookupSize];
        for (uint index = 0; index < MaxEntries; index++)
        {
            if (TryLookup(BytesOf(in index), value))
            {
                handler(BytesOf(in index), value);
            }
        }
    }
}
