namespace Sonde.Probes.Tests.Binding;

public sealed class BindingErrorTests
{
    [Theory]
    [InlineData("$x = pdi;", "pdi", "Unknown name 'pdi'. Did you mean 'pid'?")]
    [InlineData("$x = time;", "time", "Unknown name 'time'. It is a function: time().")]
    [InlineData("$x = TCP_CLOS;", "TCP_CLOS", "Unknown name 'TCP_CLOS'.")]
    [InlineData("$x = AF_INTE6;", "AF_INTE6", "Unknown name 'AF_INTE6'. Did you mean 'AF_INET6'?")]
    [InlineData("pritnf(\"x\");", "pritnf", "Unknown function 'pritnf'. Did you mean 'printf'?")]
    [InlineData("$x = pid();", "pid", "Unknown function 'pid'. It is a value: leave the brackets out.")]
    [InlineData("system(\"ls\");", "system", "system() is not supported: a probe observes and runs no commands.")]
    [InlineData("signal(9);", "signal", "signal() is not supported: a probe observes and sends no signals.")]
    [InlineData("$x = curtask->com;", "com", "struct task_struct has no member 'com'. Did you mean 'comm'?")]
    [InlineData("$x = arg0->pid;", "arg0", "uint64 has no members: cast it first, like ((struct sock *)arg0)->member.")]
    [InlineData("$x = (struct tsk *)arg0;", "(struct tsk *)", "There is no type 'struct tsk' here: neither the program nor the kernel defines it.")]
    [InlineData("$x = (struct sock)arg0;", "(struct sock)", "A value cannot be made a structure: cast to a pointer, (struct sock *).")]
    [InlineData("$x = *curtask->nothing->x;", "curtask->nothing", "void * has no members: only structures have.")]
    [InlineData("$x = args->a;", "args->a", "There are no args here: attach points that know their arguments' names have them, the others have arg0, arg1, …")]
    [InlineData("$x = retval;", "retval", "There is no retval at this attach point: attach points at a function's return have one.")]
    [InlineData("$x = @y;", "@y", "@y is never assigned.")]
    [InlineData("@counts[1] = 1; clear(@count);", "@count", "@count is never assigned. Did you mean '@counts'?", 1)]
    [InlineData("@x = @x;", "@x", "The type of @x cannot be found out: it only gets values of itself.", 1)]
    [InlineData("@x = count(); $y = @x;", "@x", "@x is count(): each CPU adds up for itself, and no program knows the total. Count with @x++ or += instead, or print(@x).", 1)]
    [InlineData("$x = $y;", "$y", "$y has no value here: assign it first.")]
    [InlineData("$start = 1; $x = $strat;", "$strat", "$strat has no value here: assign it first. Did you mean '$start'?")]
    [InlineData("$x = 1; $x = comm;", "$x = comm", "$x is string[16] here, but int64 in line 1, column 19.")]
    [InlineData("@x = 1; @x = comm;", "@x = comm", "@x is string[16] here, but int64 in line 1, column 19.")]
    [InlineData("@x[1] = 1; @x[comm] = 1;", "comm", "The key of @x is string[16] here, but int64 in line 1, column 19.")]
    [InlineData("@x[1] = 1; @x = 1;", "@x", "@x has no key here, but one key in line 1, column 19.", 1)]
    [InlineData("@x[1] = 1; @x[1, 2] = 1;", "@x[1, 2]", "@x has 2 keys here, but one key in line 1, column 19.")]
    [InlineData("@x = count(); @x = 1;", "@x = 1", "@x is assigned here, but count() adds it up in line 1, column 19.")]
    [InlineData("@x = 1; @x = hist(1);", "@x = hist(1)", "hist() adds @x up here, but it is assigned in line 1, column 19.")]
    [InlineData("@x = count(); @x = sum(1);", "@x = sum(1)", "@x is sum() here, but is count() in line 1, column 19.")]
    [InlineData("@x = lhist(1, 0, 9, 1); @x = lhist(1, 0, 8, 1);", "@x = lhist(1, 0, 8, 1)", "@x is lhist() here, but has other bounds in line 1, column 19.")]
    [InlineData("@x = lhist(1, 5, 2, 1);", "lhist(1, 5, 2, 1)", "lhist(number, min, max, step) wants 0 <= min < max, and a step of 1 or more.")]
    [InlineData("@x = lhist(1, 0, 5000, 1);", "lhist(1, 0, 5000, 1)", "lhist() has 1 to 1000 buckets between its bounds, not 5000: take a larger step.")]
    [InlineData("@x = lhist(1, 0, pid, 1);", "pid", "lhist()'s maximum has to be known before the program runs: a number, a constant or a parameter.")]
    [InlineData("@x = count(1);", "count(1)", "count() is called as count().")]
    [InlineData("$x = count();", "count()", "count() adds up in a map: assign it to one, @ = count(…).")]
    [InlineData("@x = sum(comm);", "comm", "What sum() adds up is a number, not string[16].")]
    [InlineData("$x = comm + 1;", "comm + 1", "Strings are compared with == and != only, not with +.")]
    [InlineData("$x = comm == 1;", "1", "A string is compared with a string, not with int64.")]
    [InlineData("$x = curtask->name == \"a\";", "curtask->name", "A string is compared with a string, not with char *. Read what it points to with str().")]
    [InlineData("if (comm) { }", "comm", "A condition is a number, not string[16]. Compare the string with == \"\".")]
    [InlineData("$x = -comm;", "comm", "- works on numbers, not on string[16].")]
    [InlineData("$x = kstack + 1;", "kstack", "+ works on numbers, not on kstack.")]
    [InlineData("$x = printf(\"a\");", "printf(\"a\")", "printf() has no value.")]
    [InlineData("$x = ((struct sock *)arg0)->words;", "((struct sock *)arg0)->words", "An array is not a value: take an element, or its bytes with buf().")]
    [InlineData("$x = ((struct sock *)arg0)->words[2];", "2", "The array has 2 elements: the last is [1].")]
    [InlineData("$x = pid ? 1 : comm;", "pid ? 1 : comm", "One branch is int64, the other string[16].")]
    [InlineData("$x = (1, 2).2;", "(1, 2).2", "The tuple has 2 values: the last is .1.")]
    [InlineData("break;", "break", "'break' belongs into a loop: while or for.")]
    [InlineData("unroll(0) { }", "0", "A block can be unrolled 1 to 1024 times here, not 0.")]
    [InlineData("unroll(100) { unroll(100) { } }", "100", "A block can be unrolled 1 to 10 times here, not 100.", 1)]
    [InlineData("for ($i : 0..5000) { }", "for ($i : 0..5000) { }", "The loop has 5000 rounds: 1024 are the most.")]
    [InlineData("printf(\"%d\");", "printf(\"%d\")", "The format has 1 conversion, but there are 0 values.")]
    [InlineData("printf(\"%d %d\", 1, 2, 3);", "printf(\"%d %d\", 1, 2, 3)", "The format has 2 conversions, but there are 3 values.")]
    [InlineData("printf(\"%d\", comm);", "comm", "%d tells a number, not string[16]. Use %s.")]
    [InlineData("printf(\"%-5s\", pid);", "pid", "%-5s tells a string or a name, not uint32. Use %d, or str() if it is the address of a string.")]
    [InlineData("printf(\"%s\", curtask->name);", "curtask->name", "%s tells a string or a name, not char *. Read what it points to with str().")]
    [InlineData("printf(\"%r\", curtask->name);", "curtask->name", "%r tells bytes, not char *. Read what it points to with buf().")]
    [InlineData("printf(\"%5y\", 1);", "\"%5y\"", "Unknown conversion '%5': there are %d %i %u %x %X %o %p %c %s %r %rx %rh, with - and 0, a width and a precision, and %% for a percent sign.")]
    [InlineData("printf(comm);", "comm", "A format is written down, in double quotes.")]
    [InlineData("str();", "str()", "str() is called as str(address [, length]).")]
    [InlineData("$x = kstack(128);", "kstack(128)", "A stack has 1 to 127 frames.")]
    [InlineData("$x = ntop(comm);", "comm", "ntop() takes a number, or an array of 4 or 16 bytes, not string[16].")]
    [InlineData("$x = kaddr(\"nothing\");", "\"nothing\"", "The kernel tells no address of 'nothing': without CONFIG_KALLSYMS_ALL it tells those of functions only.")]
    [InlineData("clear(@x[1]);", "@x[1]", "clear() takes a map without key. One key is taken out with delete(@map[key]).")]
    [InlineData("@x[1] = 1; delete(@x);", "@x", "@x has keys: name one, delete(@x[key]), or take all out with clear(@x).", 1)]
    [InlineData("$x = $2;", "$2", "$2 is 'text', which is no number: str($2) takes it as text.")]
    [InlineData("$x = cpid;", "cpid", "cpid is the process that was started with the program: none was.")]
    public void Errors_in_a_body(string body, string marked, string message, int occurrence = 0)
    {
        string text = $"kprobe:vfs_read {{ {body} }}";
        int start = text.IndexOf(marked, StringComparison.Ordinal);
        for (int i = 0; i < occurrence; i++)
        {
            start = text.IndexOf(marked, start + 1, StringComparison.Ordinal);
        }

        string expected = $"t:1:{start + 1}: error: {message}\n{text}\n{new string(' ', start)}^{new string('~', marked.Length - 1)}";
        Assert.Equal(expected, Bound.Error(text, "12", "text"));
    }

    [Theory]
    [InlineData("kprobe:none { }", "t:1:1: error: There is no 'kprobe:none' here.|kprobe:none { }|^~~~~~~~~~~")]
    [InlineData("BEGIN { @x = 1; }\nEND { @x = comm; }", "t:2:7: error: @x is string[16] here, but int64 in line 1, column 9.|END { @x = comm; }|      ^~~~~~~~~")]
    [InlineData("tracepoint:sched:sched_switch { $x = args->next_pdi; }", "t:1:44: error: args has no member 'next_pdi', but prev_comm, prev_pid, prev_state, next_comm, next_pid. Did you mean 'next_pid'?|tracepoint:sched:sched_switch { $x = args->next_pdi; }|                                           ^~~~~~~~")]
    [InlineData("tracepoint:sched:sched_switch { $x = arg0; }", "t:1:38: error: There is no arg0 at this attach point: here arguments have names, args.name.|tracepoint:sched:sched_switch { $x = arg0; }|                                     ^~~~")]
    [InlineData("tracepoint:sched:sched_switch { $x = args; }", "t:1:38: error: args is not a value: name a member, args.member.|tracepoint:sched:sched_switch { $x = args; }|                                     ^~~~")]
    [InlineData("uprobe:$1:f { }", "t:1:1: error: $1 was not given: the program wants at least 1 arguments.|uprobe:$1:f { }|^~~~~~~~~~~")]
    [InlineData("struct a { struct a b; };\nBEGIN { }", "t:1:1: error: 'struct a' contains itself.|struct a { struct a b; };|^~~~~~~~~~~~~~~~~~~~~~~~")]
    [InlineData("struct a { struct c b; };\nBEGIN { }", "t:1:12: error: There is no type 'struct c' here: neither the program nor the kernel defines it. Did you mean 'struct a'?|struct a { struct c b; };|           ^~~~~~~~~~")]
    [InlineData("BEGIN /comm/ { }", "t:1:8: error: A condition is a number, not string[16]. Compare the string with == \"\".|BEGIN /comm/ { }|       ^~~~")]
    public void Errors_elsewhere(string text, string expected) => Assert.Equal(expected.Replace('|', '\n'), Bound.Error(text));
}
