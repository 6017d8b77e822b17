using System.Diagnostics;
using System.Runtime.InteropServices;
using Sonde.Bpf.Elf;
using Sonde.Probes.Attach;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Attach.Usdt;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Attach;

public sealed class UserSpaceTests : IDisposable
{
    private const string Source = """
        #define PROBE(arguments) __asm__ volatile( \
            "990: nop\n.pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n.4byte 992f-991f, 994f-993f, 3\n" \
            "991: .asciz \"stapsdt\"\n992: .balign 4\n993: .8byte 990b\n.8byte 0\n.8byte 0\n" \
            ".asciz \"sample\"\n.asciz \"doubled\"\n.asciz \"" arguments "\"\n994: .balign 4\n.popsection\n" ::)
        int work(int number) { PROBE("-4@$5 8@-16(%%rbp)"); return number; }
        int work_more(int number) { PROBE("-4@%%edi"); return number; }
        """;

    private readonly MachineAttachPoints _points = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("sonde-uprobe-").FullName;
    private readonly string _library;

    public UserSpaceTests()
    {
        _library = Path.Combine(_folder, "libsample.so");
        string source = Path.Combine(_folder, "sample.c");
        File.WriteAllText(source, Source);
        using Process clang = Process.Start("clang", ["-O1", "-shared", "-fPIC", "-o", _library, source]);
        clang.WaitForExit();
        Assert.Equal(0, clang.ExitCode);
    }

    public void Dispose()
    {
        _points.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_function_becomes_a_place_in_its_file()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(_library);
        ElfFile file = new(handle);
        Assert.True(ElfSymbols.Of(file).TryFind("work", out ElfSymbol symbol));
        Assert.True(file.TryGetOffset(symbol.Address, out long offset));
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of($"uprobe:{_library}:work")));
        Assert.Equal(new UprobeTarget($"uprobe:{_library}:work", _library, null, null, offset, false), point.Target);
        Assert.Equal((true, AddressSpace.User), (point.Event.IsUserSpace, point.Event.PointerSpace));
        Assert.Equal(offset + 1, ((UprobeTarget)Assert.Single(_points.Find(Pattern.Of($"u:{_library}:work+1"))).Target).Offset);
        Assert.Equal(offset, ((UprobeTarget)Assert.Single(_points.Find(Pattern.Of($"ur:{_library}:0x{symbol.Address:x}"))).Target).Offset);
    }

    [Fact]
    public void Wildcards_match_symbols_and_files()
    {
        Assert.Equal(2, _points.Find(Pattern.Of($"uprobe:{_library}:work*")).Count);
        Assert.Equal(2, _points.Find(Pattern.Of($"uprobe:{_folder}/lib*.so:work*")).Count);
    }

    [Fact]
    public void A_library_by_its_short_name_means_every_copy()
    {
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of("uprobe:libc:getaddrinfo")));
        Assert.Equal(new UprobeTarget("uprobe:libc:getaddrinfo", null, "libc", "getaddrinfo", 0, false), point.Target);
        Assert.Contains(_points.Find(Pattern.Of("uretprobe:libc:getaddrinf*")), each => each.Target is UprobeTarget { Library: "libc", Symbol: "getaddrinfo", IsReturn: true });
        // None need be installed: it may come with a container.
        Assert.Equal("libnothing", ((UprobeTarget)Assert.Single(_points.Find(Pattern.Of("u:libnothing:start"))).Target).Library);
    }

    [Fact]
    public void Commands_are_found_on_the_path()
    {
        UprobeTarget target = Assert.IsType<UprobeTarget>(Assert.Single(_points.Find(Pattern.Of("uprobe:bash:readline"))).Target);
        Assert.EndsWith("/bash", target.Path, StringComparison.Ordinal);
        Assert.True(target.Offset > 0);
    }

    [Theory]
    [InlineData("uprobe:/no/such/file:x", "There is no file /no/such/file")]
    [InlineData("uprobe:/bin/bash:readlin", "Did you mean uprobe:/bin/bash:readline")]
    [InlineData("uprobe:/etc/passwd:x", "is no executable")]
    [InlineData("uprobe:nosuchcommand:x", "no command 'nosuchcommand'")]
    [InlineData("uprobe:libc:0x1234", "needs a file")]
    [InlineData("uprobe:/bin/bash", "is written uprobe:file:function")]
    [InlineData("uprobe:/bin/bash:readline+100000", "behind its end")]
    [InlineData("usdt:/bin/bash:x", "has no static probes")]
    public void What_is_not_there_is_refused_with_what_to_do(string pattern, string message) =>
        Assert.Contains(message, Assert.Throws<ProbeException>(() => _points.Find(Pattern.Of(pattern))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sample:doubled")]
    [InlineData("doubled")]
    [InlineData("sam*:*")]
    public void A_static_probe_is_all_its_places_each_with_its_arguments(string probe)
    {
        IReadOnlyList<AttachPoint> found = _points.Find(Pattern.Of($"usdt:{_library}:{probe}"));
        Assert.Equal(2, found.Count);
        Assert.All(found, point => Assert.Equal($"usdt:{_library}:sample:doubled", point.Target.Name));
        Assert.Equal(2, found.Select(point => ((UsdtTarget)point.Target).Offset).Distinct().Count());
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            Assert.Equal(5, Assert.IsType<IntegerLiteral>(found[0].Event.Argument(0, SourceSpan.None)).Value);
            Assert.IsType<Load>(found[0].Event.Argument(1, SourceSpan.None));
            Assert.Equal(new IntegerType(4, true), Assert.IsType<Cast>(found[1].Event.Argument(0, SourceSpan.None)).Type);
        }

        Assert.Null(found[1].Event.Argument(1, SourceSpan.None));
        Assert.Equal([$"usdt:{_library}:sample:doubled"], _points.List($"usdt:{_library}:*", withArguments: false).Select(point => point.Name));
    }

    [Theory]
    [InlineData("-4@%eax", "UsdtRegister { Type = s4, Name = ax }")]
    [InlineData("8@%r12", "UsdtRegister { Type = u8, Name = r12 }")]
    [InlineData("1@%dil", "UsdtRegister { Type = u1, Name = di }")]
    [InlineData("-2@%r8w", "UsdtRegister { Type = s2, Name = r8 }")]
    [InlineData("8@-16(%rbp)", "UsdtMemory { Type = u8, Base = bp, Index = , Scale = 1, Offset = -16 }")]
    [InlineData("4@(%rdi)", "UsdtMemory { Type = u4, Base = di, Index = , Scale = 1, Offset = 0 }")]
    [InlineData("8@(%rax,%rbx,8)", "UsdtMemory { Type = u8, Base = ax, Index = bx, Scale = 8, Offset = 0 }")]
    [InlineData("8@0x10(,%rbx,4)", "UsdtMemory { Type = u8, Base = , Index = bx, Scale = 4, Offset = 16 }")]
    [InlineData("-4@counted(%rip)", "UsdtMemory { Type = s4, Base = ip, Index = , Scale = 1, Offset = 4096 }")]
    [InlineData("-4@counted+8(%rip)", "UsdtMemory { Type = s4, Base = ip, Index = , Scale = 1, Offset = 4104 }")]
    [InlineData("-8@$-1", "UsdtConstant { Type = s8, Value = -1 }")]
    [InlineData("4@$0xff", "UsdtConstant { Type = u4, Value = 255 }")]
    [InlineData("8f@%xmm0", "UsdtUnreadable { Type = u8, Text = 8f@%xmm0 }")]
    [InlineData("16@%rax", "UsdtUnreadable { Type = u8, Text = 16@%rax }")]
    [InlineData("-4@elsewhere(%rip)", "UsdtUnreadable { Type = u8, Text = -4@elsewhere(%rip) }")]
    [InlineData("8@99999999999(%rax)", "UsdtUnreadable { Type = u8, Text = 8@99999999999(%rax) }")]
    public void Operands_of_x64_are_understood(string text, string expected) => Assert.Equal(expected, Parse(ElfMachine.X64, text));

    [Theory]
    [InlineData("-4@w1", "UsdtRegister { Type = s4, Name = r1 }")]
    [InlineData("8@x30", "UsdtRegister { Type = u8, Name = r30 }")]
    [InlineData("-4@5", "UsdtConstant { Type = s4, Value = 5 }")]
    [InlineData("8@[sp]", "UsdtMemory { Type = u8, Base = sp, Index = , Scale = 1, Offset = 0 }")]
    [InlineData("8@[x29, -24]", "UsdtMemory { Type = u8, Base = r29, Index = , Scale = 1, Offset = -24 }")]
    [InlineData("4@[x1,x2]", "UsdtMemory { Type = u4, Base = r1, Index = r2, Scale = 1, Offset = 0 }")]
    [InlineData("8@d0", "UsdtUnreadable { Type = u8, Text = 8@d0 }")]
    public void Operands_of_arm64_are_understood(string text, string expected) => Assert.Equal(expected, Parse(ElfMachine.Arm64, text));

    [Fact]
    public void Operands_follow_each_other_with_spaces_also_inside_brackets()
    {
        Assert.Equal(3, UsdtArgumentParser.Parse(ElfMachine.Arm64, "8@[sp, 16] -4@w0 8@x1", _ => null).Count);
        Assert.Equal(3, UsdtArgumentParser.Parse(ElfMachine.X64, "8@%rax -4@$5 8@(%rax,%rbx,8)", _ => null).Count);
        Assert.Empty(UsdtArgumentParser.Parse(ElfMachine.X64, "", _ => null));
    }

    [Fact]
    public void Register_tables_hold_what_the_architectures_headers_say()
    {
        Assert.Equal((0, 128, 152, 168), (X64Registers.Table.Offsets["r15"], X64Registers.Table.Offsets["ip"], X64Registers.Table.Offsets["sp"], X64Registers.Table.Offsets.Count * 8));
        Assert.Equal((112, 104, 72), (X64Registers.Table.Offsets["di"], X64Registers.Table.Offsets["si"], X64Registers.Table.Offsets["r8"]));
        Assert.Equal((0, 240, 248, 256), (Arm64Registers.Table.Offsets["r0"], Arm64Registers.Table.Offsets["x30"], Arm64Registers.Table.Offsets["sp"], Arm64Registers.Table.Offsets["pc"]));
    }

    private static string Parse(ElfMachine machine, string text)
    {
        UsdtArgument argument = Assert.Single(UsdtArgumentParser.Parse(machine, text, symbol => symbol == "counted" ? 4096 : null));
        return argument.ToString().Replace(argument.Type.ToString(), $"{(argument.Type.IsSigned ? 's' : 'u')}{argument.Type.Width}", StringComparison.Ordinal);
    }
}
