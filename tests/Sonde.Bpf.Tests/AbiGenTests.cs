using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.AbiGen;
using Sonde.Bpf.Btf;
using Xunit;

namespace Sonde.Bpf.Tests;

/// <summary>Generated/Sample.g.cs is what AbiGen makes of Programs/sample.bpf.c, compiled with these tests.</summary>
public sealed class AbiGenTests
{
    private readonly BtfTypes _types = BtfTypes.OfObject(Sample.Bytes);

    [Fact]
    public void The_checked_in_mirror_is_what_the_object_says() =>
        Assert.Empty(LineDifference.Between(File.ReadAllText(MirrorPath()), CSharpWriter.Write(ExportedTypes.Of(_types), "Sonde.Bpf.Tests")));

    [Fact]
    public void A_record_from_the_kernel_is_read_in_place_through_the_mirror()
    {
        using BpfObject blueprint = Sample.Open();
        using LoadedObject loaded = blueprint.Load();
        AbiLayout.Verify(loaded.Types, AbiSizes.All);
        using RingBuffer ring = new(loaded.Map("records"));
        loaded.Variable<ulong>("total") = 77;
        LoadedObjectTests.EmitRequest request = new() { Count = 1 };
        loaded.Program("emit").Run(ref request);

        Assert.Equal(1, ring.Consume(bytes =>
        {
            ref readonly Record record = ref MemoryMarshal.AsRef<Record>(bytes);
            Assert.Equal(77ul, record.Number);
            ReadOnlySpan<byte> text = record.Text, last = record.Last;
            Assert.True(text.SequenceEqual("sonde!!\0"u8));
            Assert.True(last.SequenceEqual("e!!\0"u8));
            Assert.Equal('s' | 'o' << 8, record.First);
            Assert.Equal(-5, record.Origin.Offset);
            Assert.Equal([3, 4], ((ReadOnlySpan<ushort>)record.History).ToArray());
            Assert.Equal(RecordKind.OddOne, record.Kind);
        }));
    }

    [Fact]
    public void Mirrors_have_the_sizes_of_the_structures()
    {
        Assert.Equal(32, Unsafe.SizeOf<Record>());
        Assert.Equal([("origin", 8), ("record", 32)], AbiSizes.All.ToArray());
        Assert.Throws<InvalidDataException>(() => AbiLayout.Verify(_types, [("record", 24)]));
        Assert.Throws<InvalidDataException>(() => AbiLayout.Verify(_types, [("recording", 24)]));
    }

    [Fact]
    public void Enumerators_lose_their_common_prefix_and_keep_their_values()
    {
        Assert.Equal((1u, 2u, 3u), ((uint)RecordKind.Plain, (uint)RecordKind.OddOne, (uint)RecordKind.Records));
        Assert.Equal((8, 2), (Sizes.TextBytes, Sizes.History));
        Assert.Equal(0x40000000u, (uint)TextFlags.Long);
        Assert.True(Attribute.IsDefined(typeof(TextFlags), typeof(FlagsAttribute)));
    }

    [Theory]
    [InlineData("", new[] { "ALONE" })]
    [InlineData("SIDE_", new[] { "SIDE_REQUEST", "SIDE_RESPONSE" })]
    [InlineData("A_B_", new[] { "A_B_ONE", "A_B_TWO", "COUNT" })]
    [InlineData("A_", new[] { "A_B", "A_B_TWO" })]
    [InlineData("", new[] { "ONE_BYTES", "TWO_BYTES" })]
    [InlineData("", new[] { "TEXT_BYTES", "HISTORY" })]
    public void A_prefix_is_whole_words_that_all_share(string prefix, string[] enumerators) =>
        Assert.Equal(prefix, Names.CommonPrefix(enumerators));

    [Fact]
    public void An_object_that_exports_nothing_is_refused() =>
        Assert.Throws<InvalidDataException>(() => ExportedTypes.Of(BtfTypes.OfObject(Sample.Read("features.bpf.o"))));

    [Fact]
    public void A_difference_names_the_lines()
    {
        Assert.Equal(["-   2  b", "+   2  x", "+   4  d"], LineDifference.Between("a\nb\nc", "a\nx\nc\nd"));
        Assert.Empty(LineDifference.Between("a\nb", "a\nb"));
    }

    [Fact]
    public void Checking_fails_with_a_difference_when_the_mirror_is_stale()
    {
        string folder = Directory.CreateTempSubdirectory("abigen").FullName;
        try
        {
            string objectPath = Path.Combine(folder, "sample.o"), mirror = Path.Combine(folder, "Generated", "Mirror.g.cs");
            File.WriteAllBytes(objectPath, Sample.Bytes);
            File.WriteAllText(Path.Combine(folder, "Some.csproj"), "");
            Assert.Equal((0, ""), Run(objectPath, mirror));
            Assert.Equal((0, ""), Run("--check", objectPath, mirror));
            File.WriteAllText(mirror, File.ReadAllText(mirror).Replace("ulong Number", "uint Number", StringComparison.Ordinal));
            (int status, string output) = Run("--check", objectPath, mirror);
            Assert.Equal(1, status);
            Assert.Contains("+", output, StringComparison.Ordinal);
            Assert.Contains("[FieldOffset(0)] public ulong Number;", output, StringComparison.Ordinal);
            Assert.Equal(2, Run(objectPath).Status);
            Assert.Equal(2, Run(mirror, mirror).Status);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (int Status, string Output) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [typeof(Names).Assembly.Location, .. arguments])
        { RedirectStandardError = true })!;
        string output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string MirrorPath([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Generated", "Sample.g.cs");
}
