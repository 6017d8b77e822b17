using Sonde.Probes.Binding;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

public sealed class StatementTests
{
    [Theory]
    [InlineData("@ = count();", "(count() @)")]
    [InlineData("@x[pid, comm] = sum(nsecs);", "(sum() @x[ProcessId:uint32, CommandName:string[16]] Nanoseconds:uint64)")]
    [InlineData("@ = lhist(pid, 0, 100, 10);", "(lhist 0 100 10 @ ProcessId:uint32)")]
    [InlineData("@x++;", "(add @x 1)")]
    [InlineData("--@x[1];", "(add @x[1] -1)")]
    [InlineData("@x += 5;", "(add @x 5)")]
    [InlineData("@x -= pid;", "(add @x (Negate ProcessId:uint32 int64))")]
    [InlineData("@x = 1; @x |= 4;", "(set @x 1) (set @x (BitOr @x:int64 4 int64))")]
    [InlineData("$x = 1; $x <<= pid;", "(set $x:int64 1) (set $x:int64 (ShiftLeft $x:int64 ProcessId:uint32 int64))")]
    [InlineData("$i = 0; $i++;", "(set $i:int64 0) (set $i:int64 (Add $i:int64 1 int64))")]
    [InlineData("$i = 0; $j = $i++;", "(set $i:int64 0) (set $.1:int64 $i:int64) (set $i:int64 (Add $i:int64 1 int64)) (set $j:int64 $.1:int64)")]
    [InlineData("$i = 0; $j = ++$i;", "(set $i:int64 0) (set $i:int64 (Add $i:int64 1 int64)) (set $j:int64 $i:int64)")]
    [InlineData("$i = 0; $j = pid && $i++;", "(set $i:int64 0) (set $.2:int64 (NotEqual ProcessId:uint32 0 int64)) (if $.2:int64 { (set $.1:int64 $i:int64) (set $i:int64 (Add $i:int64 1 int64)) (set $.2:int64 (NotEqual $.1:int64 0 int64)) }) (set $j:int64 $.2:int64)")]
    [InlineData("$i = 0; $j = pid ? $i++ : 7;", "(set $i:int64 0) (if ProcessId:uint32 { (set $.1:int64 $i:int64) (set $i:int64 (Add $i:int64 1 int64)) (set $.2:int64 $.1:int64) } { (set $.2:int64 7) }) (set $j:int64 $.2:int64)")]
    [InlineData("pid ? printf(\"x\") : exit();", "(if ProcessId:uint32 { (send 0) } { (send 1) (Return) })")]
    [InlineData("if (pid) { @x = 1 } else if (tid) { @x = 2 } else { @x = 3 }", "(if ProcessId:uint32 { (set @x 1) } { (if ThreadId:uint32 { (set @x 2) } { (set @x 3) }) })")]
    [InlineData("if (0) { @x = 1 } else { @x = 2 }", "(set @x 2)")]
    [InlineData("$i = 0; while ($i < 5) { $i++; if ($i == 3) { break; } }", "(set $i:int64 0) (while 1024 (Less $i:int64 5 int64) { (set $i:int64 (Add $i:int64 1 int64)) (if (Equal $i:int64 3 int64) { (Break) }) })")]
    [InlineData("$i = 0; while ($i++ < 5) { @x = $i; }", "(set $i:int64 0) (while 1024 1 { (set $.1:int64 $i:int64) (set $i:int64 (Add $i:int64 1 int64)) (if (Less $.1:int64 5 int64) { (set @x $i:int64) } { (Break) }) })")]
    [InlineData("for ($i : 0..3) { @[$i] = 1; continue; }", "(set $.1:int64 0) (while 3 (Less $.1:int64 3 int64) { (set $i:int64 $.1:int64) (set $.1:int64 (Add $.1:int64 1 int64)) (set @[$i:int64] 1) (Continue) })")]
    [InlineData("unroll($1) { @x++; }", "(unroll 3 { (add @x 1) })")]
    [InlineData("@x[1] = 2; delete(@x[1]); delete(@x, 1); delete(@x[1], @x[2]);", "(set @x[1] 2) (delete @x[1]) (delete @x[1]) (delete @x[1]) (delete @x[2])")]
    [InlineData("@x = 1; return; @x = 2;", "(set @x 1) (Return)")]
    [InlineData("if (pid) { return; } else { exit(); } @x = 2;", "(if ProcessId:uint32 { (Return) } { (send 0) (Return) })")]
    [InlineData("$t = (1, \"a\"); $t = (pid, \"longer text\"); @ = $t.1;", "(set $.1:string[12] \"a\":string[2]) (set $t:(int64, string[12]) (tuple 1 $.1:string[12])) (set $t:(int64, string[12]) (tuple ProcessId:uint32 \"longer text\":string[12])) (set @ (item $t:(int64, string[12]) 1 string[12]))")]
    [InlineData("let $x; let $y = 2; $x = $y;", "(set $y:int64 2) (set $x:int64 $y:int64)")]
    [InlineData("pid; comm;", "(evaluate ProcessId:uint32) (evaluate CommandName:string[16])")]
    public void Statements_are_lowered(string text, string expected) => Assert.Equal(expected, Bound.Body($"BEGIN {{ {text} }}", "3"));

    [Fact]
    public void Predicates_are_conditions_around_the_body() =>
        Assert.Equal("(if (Equal ProcessId:uint32 5 int64) { (count() @) })", Bound.Body("BEGIN /pid == 5/ { @ = count(); }"));

    [Fact]
    public void What_is_told_becomes_outputs()
    {
        ProbeProgram program = Bound.Program("""
            kprobe:vfs_read {
                @x[pid] = count();
                printf("%s %-5d %r\n", comm, pid, buf(arg0, 4));
                print(@x); print(@x, 10, 1000); clear(@x); zero(@x);
                print((1, "a")); print(nsecs); print(@x, 10, 1000);
                time(); time("%H"); cat("/proc/%d/maps", pid);
                print(strftime("%S", nsecs)); print(strftime("%M", nsecs));
                exit();
            }
            """);
        Assert.Equal(
            ["format Print \"%s %-5d %r\\n\" (string[16], uint32, buffer[4])", "print @x 0 0", "print @x 10 1000", "clear @x", "zero @x",
             "print (int64, string[2])", "print uint64", "time \"%H:%M:%S\\n\"", "time \"%H\"", "format Cat \"/proc/%d/maps\" (uint32)",
             "print time", "print time.1", "ExitOutput"],
            program.Outputs.Select(ModelText.Of));
        Assert.Equal(["%S", "%M"], program.TimeFormats);
        Assert.Contains("(send 2) (send 3) (send 4) (send 5 (tuple 1 \"a\":string[2])) (send 6 Nanoseconds:uint64) (send 2)", Bound.Text(program.Probes[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Join_reads_strings_up_to_a_null_pointer()
    {
        Probe probe = Assert.Single(Bound.Program("tracepoint:syscalls:sys_enter_execve { join(args->argv, \",\"); }").Probes);
        Assert.Equal(17, probe.Variables.Count);
        Assert.StartsWith(
            "(set $.1:char **@User (load Context ctx+24 8 char **@User)) (set $.2:char *@User (load User $.1:char **@User+0 8 char *@User)) "
            + "(set $.3:char *@User (? $.2:char *@User (load User $.1:char **@User+8 8 char *@User) 0 char *@User)) ",
            Bound.Text(probe), StringComparison.Ordinal);
        Send send = Assert.IsType<Send>(probe.Body.Statements[^1]);
        Assert.Equal(16, send.Values.Count);
        Assert.All(send.Values, value => Assert.Equal(new StringType(1024), value.Type));
    }
}
