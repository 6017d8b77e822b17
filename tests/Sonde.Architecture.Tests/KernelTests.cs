using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Sonde.Architecture.Tests;

/// <summary>The rules for the kernel half.</summary>
public sealed partial class KernelTests
{
    /// <summary><c>BPF_OBJ_NAME_LEN</c> without the terminating zero: what the kernel keeps of a program's name.</summary>
    private const int KernelNameLength = 15;

    private static readonly string[] Sources = [.. Repository.Files("bpf", ".c"), .. Repository.Files("bpf", ".h")];

    [Fact]
    public void Program_names_differ_in_what_the_kernel_keeps_of_them()
    {
        string[] names = [.. Sources.SelectMany(file => ProgramName().Matches(Repository.Read(file)))
            .Select(match => match.Groups[1].Value + match.Groups[2].Value)];
        Assert.NotEmpty(names);
        Assert.Empty(names.GroupBy(name => name[..Math.Min(name.Length, KernelNameLength)]).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void Every_source_states_its_licence() =>
        Assert.All(Sources, file => Assert.Contains("SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause", Repository.Read(file).Split('\n')[0], StringComparison.Ordinal));

    [Fact]
    public void No_source_includes_another_or_the_whole_kernel() =>
        Assert.DoesNotContain(Sources, file => Included().IsMatch(Repository.Read(file)));

    [Fact]
    public void The_mirrors_of_its_records_are_up_to_date()
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        ProcessStartInfo start = new(Path.Combine(Repository.Root, "artifacts", "bin", "Sonde.AbiGen", configuration, "Sonde.AbiGen"),
            ["--check", "artifacts/bpf/x64/tracer.bpf.o", "src/Sonde.Tracing/Abi/Generated/Abi.g.cs"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardError = true,
        };
        using Process generator = Process.Start(start)!;
        string differences = generator.StandardError.ReadToEnd();
        generator.WaitForExit();
        Assert.True(generator.ExitCode == 0, differences);
    }

    // SEC("tp_btf/…") int BPF_PROG(name, …), or int name(…).
    [GeneratedRegex(@"^SEC\(""(?!license|\.maps|\.)[^""]+""\)\s+int\s+(?:BPF_\w+\(\s*(\w+)|(\w+)\s*\()", RegexOptions.Multiline)]
    private static partial Regex ProgramName();

    [GeneratedRegex(@"#\s*include\s+[<""]([^>""]*\.c|vmlinux\.h)[>""]")]
    private static partial Regex Included();
}
