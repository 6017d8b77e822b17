using System.Collections.Frozen;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Types;

/// <summary>C's integer types by name, as they are on 64-bit Linux; so that none of them needs the kernel's BTF.</summary>
internal static class IntegerNames
{
    private static readonly FrozenDictionary<string, (int Width, bool IsSigned)> _typedefs = new Dictionary<string, (int, bool)>
    {
        ["bool"] = (1, false),
        ["_Bool"] = (1, false),
        ["u8"] = (1, false),
        ["u16"] = (2, false),
        ["u32"] = (4, false),
        ["u64"] = (8, false),
        ["s8"] = (1, true),
        ["s16"] = (2, true),
        ["s32"] = (4, true),
        ["s64"] = (8, true),
        ["__u8"] = (1, false),
        ["__u16"] = (2, false),
        ["__u32"] = (4, false),
        ["__u64"] = (8, false),
        ["__s8"] = (1, true),
        ["__s16"] = (2, true),
        ["__s32"] = (4, true),
        ["__s64"] = (8, true),
        ["uint8_t"] = (1, false),
        ["uint16_t"] = (2, false),
        ["uint32_t"] = (4, false),
        ["uint64_t"] = (8, false),
        ["int8_t"] = (1, true),
        ["int16_t"] = (2, true),
        ["int32_t"] = (4, true),
        ["int64_t"] = (8, true),
        ["uint8"] = (1, false),
        ["uint16"] = (2, false),
        ["uint32"] = (4, false),
        ["uint64"] = (8, false),
        ["int8"] = (1, true),
        ["int16"] = (2, true),
        ["int32"] = (4, true),
        ["int64"] = (8, true),
        ["size_t"] = (8, false),
        ["ssize_t"] = (8, true),
        ["uintptr_t"] = (8, false),
        ["intptr_t"] = (8, true),
        ["pid_t"] = (4, true),
        ["uid_t"] = (4, false),
        ["gid_t"] = (4, false),
        ["loff_t"] = (8, true),
        ["off_t"] = (8, true),
        ["uint"] = (4, false),
        ["ulong"] = (8, false),
        ["ushort"] = (2, false),
        ["uchar"] = (1, false),
        ["__be16"] = (2, false),
        ["__be32"] = (4, false),
        ["__be64"] = (8, false),
        ["__le16"] = (2, false),
        ["__le32"] = (4, false),
        ["__le64"] = (8, false),
    }.ToFrozenDictionary();

    /// <summary>Finds <c>unsigned long</c>, <c>long unsigned int</c>, <c>u32</c>, …</summary>
    internal static TargetInteger? Find(ReadOnlySpan<string> words)
    {
        if (words.Length == 1 && _typedefs.TryGetValue(words[0], out (int Width, bool IsSigned) known))
        {
            return new(known.Width, known.IsSigned);
        }

        bool isUnsigned = false, isSigned = false, isCharacter = false, isShort = false, isKnown = words.Length > 0;
        int longs = 0;
        foreach (string word in words)
        {
            switch (word)
            {
                case "unsigned": isUnsigned = true; break;
                case "signed" or "__signed__": isSigned = true; break;
                case "char": isCharacter = true; break;
                case "short": isShort = true; break;
                case "long": longs++; break;
                case "int": break;
                default: isKnown = false; break;
            }
        }

        return !isKnown ? null
            : isCharacter ? new(1, !isUnsigned) { IsCharacter = !isUnsigned && !isSigned }
            : new(isShort ? 2 : longs > 0 ? 8 : 4, !isUnsigned);
    }
}
