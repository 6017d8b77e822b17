using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sonde.Bpf.Tests.Elf;

/// <summary>A small shared library, compiled once: two functions, a variable, and a static probe that was written by hand.</summary>
internal static class CompiledLibrary
{
    private const string Source = """
        int counted = 7;
        unsigned short probe_semaphore __attribute__((section(".probes")));
        __attribute__((noinline)) int twice(int number) {
            __asm__ volatile(
                "990: nop\n"
                ".pushsection .note.stapsdt,\"\",\"note\"\n"
                ".balign 4\n"
                ".4byte 992f-991f, 994f-993f, 3\n"
                "991: .asciz \"stapsdt\"\n"
                "992: .balign 4\n"
                "993: .8byte 990b\n"
                ".8byte _.stapsdt.base\n"
                ".8byte probe_semaphore\n"
                ".asciz \"sample\"\n.asciz \"doubled\"\n.asciz \"-4@$5 8@-16(%%rbp)\"\n"
                "994: .balign 4\n"
                ".popsection\n"
                ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
                ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n"
                ".popsection\n" ::);
            return 2 * number;
        }
        __attribute__((visibility("hidden"), noinline)) int hidden_sum(int one, int other) { return one + twice(other); }
        int entry(int number) { return hidden_sum(number, counted); }
        """;

    internal static string Path { get; } = Compile();

    private static string Compile()
    {
        string folder = Directory.CreateTempSubdirectory("sonde-elf-").FullName;
        string path = System.IO.Path.Combine(folder, "libsample.so");
        File.WriteAllText(System.IO.Path.Combine(folder, "sample.c"), Source);
        using Process clang = Process.Start("clang", ["-O1", "-shared", "-fPIC", "-o", path, System.IO.Path.Combine(folder, "sample.c")]);
        clang.WaitForExit();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return clang.ExitCode == 0 ? path : throw new InvalidOperationException("clang could not compile the sample for the tests.");
    }

    /// <summary>Loads the library, and answers where its mapping of a place in the file is.</summary>
    internal static nint AddressOf(string symbol) => NativeLibrary.GetExport(NativeLibrary.Load(Path), symbol);
}
