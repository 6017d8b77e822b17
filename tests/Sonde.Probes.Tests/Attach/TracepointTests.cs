using Sonde.Bpf.Features;
using Sonde.Bpf.Tracing;
using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Attach;

public sealed class TracepointTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sonde-tracefs-").FullName;
    private readonly MachineAttachPoints _points = new();

    public void Dispose()
    {
        _points.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void A_record_of_this_kernel_has_its_members_where_the_kernel_puts_them()
    {
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of("tracepoint:sched:sched_switch")));
        TracepointTarget target = Assert.IsType<TracepointTarget>(point.Target);
        Assert.Equal("tracepoint:sched:sched_switch", target.Name);
        Assert.True(target.Id > 0);
        Assert.True(point.Event.Arguments!.TryFind("prev_comm", out TargetMember comm));
        Assert.Equal(new TargetArray(new TargetInteger(1, true) { IsCharacter = true }, 16), comm.Type);
        Assert.Equal(8, comm.Offset);
        Assert.False(point.Event.Arguments.TryFind("common_pid", out _));
        Assert.False(point.Event.IsUserPointer(comm));
    }

    [Fact]
    public void A_system_calls_pointers_are_the_processs_and_its_integers_have_the_sign_of_their_type()
    {
        EventContext context = Assert.Single(_points.Find(Pattern.Of("t:syscalls:sys_enter_openat"))).Event;
        Assert.True(context.Arguments!.TryFind("filename", out TargetMember filename));
        Assert.True(context.IsUserPointer(filename));
        Assert.Equal(new TargetInteger(1, true) { IsCharacter = true }, Assert.IsType<TargetPointer>(filename.Type).Target());
        Assert.True(context.Arguments.TryFind("dfd", out TargetMember descriptor));
        Assert.Equal(new TargetInteger(8, true), descriptor.Type);
        Assert.False(context.IsUserPointer(descriptor));
    }

    [Fact]
    public void Wildcards_match_in_both_parts_in_order()
    {
        string[] names = [.. _points.Find(Pattern.Of("tracepoint:sys*:sys_enter_exec*")).Select(point => point.Target.Name)];
        Assert.Equal(["tracepoint:syscalls:sys_enter_execve", "tracepoint:syscalls:sys_enter_execveat"], names);
    }

    [Theory]
    [InlineData("tracepoint:sched:sched_swich", "Did you mean tracepoint:sched:sched_switch")]
    [InlineData("tracepoint:shed:sched_switch", "Did you mean tracepoint:sched:sched_switch")]
    [InlineData("tracepoint:nothing:at*", "matches 'nothing:at*'")]
    [InlineData("tracepoint:sched_switch", "tracepoint:group:name")]
    public void What_is_not_there_is_refused_with_the_nearest(string pattern, string message) =>
        Assert.Contains(message, Assert.Throws<ProbeException>(() => _points.Find(Pattern.Of(pattern))).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_kind_of_field_in_a_format_becomes_a_type()
    {
        Write("sample", "all_kinds", """
            name: all_kinds
            ID: 4711
            format:
            	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
            	field:int common_pid;	offset:4;	size:4;	signed:1;

            	field:__u8 saddr[28];	offset:8;	size:28;	signed:0;
            	field:bool fin;	offset:36;	size:1;	signed:0;
            	field:unsigned long args[6];	offset:40;	size:48;	signed:0;
            	field:__data_loc char[] name;	offset:88;	size:4;	signed:0;
            	field:__rel_loc u64[] numbers;	offset:92;	size:4;	signed:0;
            	field:const struct sock * sk;	offset:96;	size:8;	signed:0;
            	field:const char *const * argv;	offset:104;	size:8;	signed:0;
            	field:enum zone_type zone;	offset:112;	size:4;	signed:0;
            	field:dev_t dev;	offset:116;	size:4;	signed:0;
            	field:char rwbs[LENGTH];	offset:120;	size:8;	signed:0;
            	field:struct sockaddr_in6 whole;	offset:128;	size:28;	signed:0;
            	field:long error;	offset:160;	size:8;	signed:1;

            print fmt: "field:%s", REC->name
            """);
        using MachineAttachPoints points = new(new Machine(new Kernel()).With(TraceFileSystem.OpenAt(_root)));
        AttachPoint point = Assert.Single(points.Find(Pattern.Of("tracepoint:sample:all_kinds")));
        Assert.Equal(4711, ((TracepointTarget)point.Target).Id);
        TargetStructure record = point.Event.Arguments!;
        Assert.Equal(12, record.Members.Count);
        Assert.Equal(new TargetArray(new TargetInteger(1, false), 28), TypeOf(record, "saddr"));
        Assert.Equal(new TargetInteger(1, false), TypeOf(record, "fin"));
        Assert.Equal(new TargetArray(new TargetInteger(8, false), 6), TypeOf(record, "args"));
        Assert.Equal(new TargetArray(new TargetInteger(1, true) { IsCharacter = true }, 8), TypeOf(record, "rwbs"));
        Assert.Equal(new TargetInteger(4, false), TypeOf(record, "zone"));
        Assert.Equal(new TargetInteger(4, false), TypeOf(record, "dev"));
        Assert.Equal(new TargetInteger(8, true), TypeOf(record, "error"));
        Assert.Equal("sock", Assert.IsAssignableFrom<TargetStructure>(Assert.IsType<TargetPointer>(TypeOf(record, "sk")).Target()).Name);
        TargetType inner = Assert.IsType<TargetPointer>(TypeOf(record, "argv")).Target();
        Assert.Equal(1, Assert.IsType<TargetPointer>(inner).Target().Size);
        Assert.Equal("sockaddr_in6", Assert.IsAssignableFrom<TargetStructure>(TypeOf(record, "whole")).Name);
        Assert.True(record.TryFind("name", out TargetMember name));
        Assert.True(name is { IsDataLocation: true, IsRelative: false, Offset: 88 });
        Assert.True(record.TryFind("numbers", out TargetMember numbers));
        Assert.True(numbers is { IsDataLocation: true, IsRelative: true });
        Assert.Equal(new TargetArray(new TargetInteger(8, false), 0), numbers.Type);
    }

    [Theory]
    [InlineData("format:\n\tfield:int pid;\toffset:8;\tsize:4;\tsigned:1;\n")]
    [InlineData("ID: 7\nformat:\n\tfield:pid;\toffset;\n")]
    public void A_format_that_is_not_understood_is_refused(string format)
    {
        Write("sample", "broken", format);
        using MachineAttachPoints points = new(new Machine(new Kernel()).With(TraceFileSystem.OpenAt(_root)));
        Assert.Contains("cannot be read", Assert.Throws<ProbeException>(() => points.Find(Pattern.Of("tracepoint:sample:broken"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_format_of_this_kernel_is_understood()
    {
        int members = _points.Find(Pattern.Of("tracepoint:*:*")).Sum(point => point.Event.Arguments!.Members.Count(member => member.IsDataLocation || member.Type.Size > 0));
        Assert.True(members > 5000);
    }

    private static TargetType TypeOf(TargetStructure structure, string name) => structure.TryFind(name, out TargetMember member) ? member.Type : throw new KeyNotFoundException(name);

    private void Write(string group, string name, string format)
    {
        string folder = Path.Combine(_root, "events", group, name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "format"), format);
    }
}
