using System.Runtime.InteropServices;

namespace Sonde.Bpf.Native;

/// <summary>libbpf's lists of programs and maps, as lists.</summary>
internal static unsafe class Handles
{
    internal static List<nint> Programs(nint obj)
    {
        List<nint> all = [];
        for (nint each = Libbpf.bpf_object__next_program(obj, 0); each != 0; each = Libbpf.bpf_object__next_program(obj, each))
        {
            all.Add(each);
        }

        return all;
    }

    internal static List<nint> Maps(nint obj)
    {
        List<nint> all = [];
        for (nint each = Libbpf.bpf_object__next_map(obj, 0); each != 0; each = Libbpf.bpf_object__next_map(obj, each))
        {
            all.Add(each);
        }

        return all;
    }

    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
