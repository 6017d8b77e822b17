namespace Sonde.Bpf.Tests;

/// <summary>The compiled Programs/sample.bpf.c.</summary>
internal static class Sample
{
    internal static byte[] Bytes { get; } = Read("sample.bpf.o");

    internal static BpfObject Open() => BpfObject.Open(Bytes, "sample");

    internal static byte[] Read(string name)
    {
        using Stream stream = typeof(Sample).Assembly.GetManifestResourceStream(name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
