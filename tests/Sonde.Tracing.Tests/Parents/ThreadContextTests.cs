using Sonde.Telemetry.Processes;
using Sonde.Tracing.Parents;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Parents;

public sealed class ThreadContextTests
{
    private readonly ThreadContext _threads = new();
    private readonly FakeProcesses _processes = new();

    private Request Request(uint pid = 10) => new() { Process = _processes.Find(pid) };

    [Fact]
    public void A_thread_works_for_the_request_that_it_read_until_that_is_released()
    {
        Request request = Request();
        Assert.Null(_threads.Current(10, 1));
        Assert.True(_threads.Received(request, 1));
        Assert.Same(request, _threads.Current(10, 1));
        Assert.Null(_threads.Current(10, 2));
        Assert.Null(_threads.Current(11, 1));
        Assert.True(_threads.Answering(request, 1));
        _threads.Release(request);
        Assert.Null(_threads.Current(10, 1));
    }

    [Fact]
    public void A_process_that_breaks_the_rule_once_is_trusted_no_more()
    {
        Request first = Request(), second = Request();
        Assert.True(_threads.Received(first, 1));
        Assert.False(_threads.Received(second, 1));
        Assert.False(_threads.Answering(first, 1));
        Assert.False(_threads.Answering(second, 1));
        Assert.False(_threads.Received(Request(), 3));
        Assert.Null(_threads.Current(10, 3));
        Assert.True(_processes.Find(10).HopsThreads);

        Request elsewhere = Request(11);
        Assert.True(_threads.Received(elsewhere, 1));
        Assert.True(_threads.Answering(elsewhere, 1));
    }

    [Fact]
    public void An_answer_before_the_request_was_read_proves_nothing()
    {
        Request request = Request();
        Assert.False(_threads.Answering(request, 1));
        Assert.False(_processes.Find(10).HopsThreads);
    }

    [Fact]
    public void A_threads_number_that_was_given_anew_is_another_thread()
    {
        Request before = Request(10), after = Request(11);
        Assert.True(_threads.Received(before, 1));
        Assert.True(_threads.Received(after, 1));
        Assert.Same(after, _threads.Current(11, 1));
        _threads.Release(before);
        Assert.Same(after, _threads.Current(11, 1));
    }

    [Theory]
    [InlineData("python", true)]
    [InlineData("java", true)]
    [InlineData("go", false)]
    [InlineData("nodejs", false)]
    [InlineData("dotnet", false)]
    public void Runtimes_that_move_requests_between_threads_are_never_trusted(string language, bool isTrusted)
    {
        ObservedProcess process = _processes.Add(10, language: language);
        ThreadContext.Found(process);
        Assert.Equal(isTrusted, ThreadContext.IsTrusted(process));
        Assert.Equal(isTrusted, _threads.Received(Request(), 1));
    }
}
