using System.Text.RegularExpressions;
using Xunit;

namespace Sonde.Architecture.Tests;

/// <summary>The rules that hold for every source file.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 500;

    private static readonly string[] CSharp = [.. Repository.Files("src", ".cs")];

    [Fact]
    public void Only_Sonde_Bpf_imports_native_functions() =>
        Assert.DoesNotContain(CSharp, file => !file.StartsWith("src/Sonde.Bpf/", StringComparison.Ordinal)
            && NativeImport().IsMatch(Repository.Read(file)));

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Assert.DoesNotContain([.. CSharp, .. Repository.Files("bpf", ".c"), .. Repository.Files("bpf", ".h")],
            file => !file.EndsWith(".g.cs", StringComparison.Ordinal) && Repository.Read(file).Count(c => c == '\n') > MaxLines);

    [Fact]
    public void The_namespace_is_the_folder() =>
        Assert.All(CSharp, file =>
        {
            Match declared = Namespace().Match(Repository.Read(file));
            // "Generated" says how a file came about, not what it is.
            string folder = Path.GetDirectoryName(file)!["src/".Length..].Replace("/Generated", "", StringComparison.Ordinal).Replace('/', '.');
            Assert.True(declared.Success ? declared.Groups[1].Value == folder : file.EndsWith("/Program.cs", StringComparison.Ordinal),
                $"{file}: the namespace should be {folder}");
        });

    [Fact]
    public void Nothing_is_left_to_be_done_later() =>
        Assert.DoesNotContain(
            [.. CSharp, .. Repository.Files("bpf", ".c"), .. Repository.Files("bpf", ".h"), .. Repository.Files("tools", ".cs"), .. Repository.Files("tests", ".cs")],
            file => Marker().IsMatch(Repository.Read(file)));

    [Fact]
    public void No_type_is_named_after_nothing() =>
        Assert.DoesNotContain(CSharp, file => EmptyName().IsMatch(Repository.Read(file)));

    [GeneratedRegex(@"\[(LibraryImport|DllImport)\b")]
    private static partial Regex NativeImport();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    // Written in pieces, so that this file does not hold what it looks for.
    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b")]
    private static partial Regex Marker();

    // A BPF helper is the kernel's own word for its functions.
    [GeneratedRegex(@"\b(class|struct|interface|enum|record) \w*(Manager|(?<!Bpf)Helpers?|Utils?|Utility|Common|Base)\b")]
    private static partial Regex EmptyName();
}
