using System.Text;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Tests.Procfs;

public sealed class ProcessStatTests
{
    private const string Rest = "S 1 77 77 0 -1 4194560 120 0 0 0 1 2 0 0 20 0 1 0 98765 6291456 200 18446744073709551615";

    [Theory]
    [InlineData("nginx")]
    [InlineData("a b")]
    [InlineData("evil) S 1 (x")]
    [InlineData("((")]
    public void The_name_may_hold_anything(string name)
    {
        Assert.True(ProcessStat.TryParse(Encoding.UTF8.GetBytes($"77 ({name}) {Rest}\n"), out var stat));
        Assert.Equal(new ProcessStat(name, false, 98765), stat);
    }

    [Fact]
    public void Kernel_threads_have_their_flag()
    {
        Assert.True(ProcessStat.TryParse("9 (kworker/0:1) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 12 0 0 0"u8, out var stat));
        Assert.True(stat.IsKernelThread);
    }

    [Theory]
    [InlineData("")]
    [InlineData("77 nginx S 1")]
    [InlineData("77 (nginx) S 1 2 3")]
    [InlineData("77 (nginx) S 1 77 77 0 -1 x 120 0 0 0 1 2 0 0 20 0 1 0 98765")]
    public void Damaged_lines_are_refused(string line) => Assert.False(ProcessStat.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Fact]
    public void The_start_time_of_a_real_process_is_the_kernels()
    {
        var proc = new ProcessFilesystem("/proc");
        Assert.True(proc.TryReadStat((uint)Environment.ProcessId, out var stat));
        Assert.Equal(ulong.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[19], null), stat.StartTime);
        Assert.Equal((uint)Environment.ProcessId, proc.Self);
        Assert.False(proc.TryReadStat(4_194_305, out _));
    }
}
