using System.Threading.Channels;
using Sonde.Probes.Attach;
using Sonde.Probes.Binding;
using Sonde.Probes.Linq.Translation;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Linq.Results;

/// <summary>Events of a query, one by one: a thread reads the ring buffer, and waits when its reader does not keep up.</summary>
internal sealed class EventReader : IProbeEvents
{
    private const int Waiting = 1024;

    private readonly Channel<object?> _events = Channel.CreateBounded<object?>(new BoundedChannelOptions(Waiting) { SingleWriter = true, SingleReader = true });
    private readonly ResultShape _shape;
    private readonly Action<long> _lost;
    private readonly CancellationToken _cancellation;

    private EventReader(ResultShape shape, Action<long> lost, CancellationToken cancellation) => (_shape, _lost, _cancellation) = (shape, lost, cancellation);

    public static async IAsyncEnumerator<T> Read<T>(QueryPlan plan, Action<long> lost, CancellationToken cancellation)
    {
        ResultShape shape = ResultShape.Of(plan.Projection, plan);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        EventReader reader = new(shape, lost, ended.Token);
        using ProbeSession session = RunningQuery.Load(points => Bind(plan, shape, points), null, hasGenerations: false);
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task run = Task.Factory.StartNew(() => reader.Run(session, started), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await started.Task.ConfigureAwait(false);
            await foreach (object? each in reader._events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return (T)each!;
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The program that sends what each event has become.</summary>
    internal static ProbeProgram Bind(QueryPlan plan, ResultShape shape, IAttachPoints points) => QueryBinder.Bind(
        plan,
        (scope, translator) =>
        {
            Expression[] values = [.. shape.Leaves.Select(leaf => translator.Value(leaf.Leaf!))];
            TupleType types = new([.. values.Select(value => Inferred.Of(value).Type)]);
            scope.Add(new Send(scope.Program.Output(new PrintValueOutput(types)), values, SourceSpan.None));
        },
        shape.Leaves.Select(leaf => leaf.Leaf!),
        points);

    public void OnEvent(ProbeOutput output, ReadOnlySpan<byte> values)
    {
        object? read = _shape.Make(_shape.Values(values, ((TupleType)((PrintValueOutput)output).Type).Items));
        if (_cancellation.IsCancellationRequested || _events.Writer.TryWrite(read))
        {
            return;
        }

        try
        {
            _events.Writer.WriteAsync(read, _cancellation).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
        }
    }

    public void OnLost(long events) => _lost(events);

    public void OnIdle()
    {
    }

    private void Run(ProbeSession session, TaskCompletionSource started)
    {
        try
        {
            session.Run(this, () => started.TrySetResult(), _cancellation);
            _events.Writer.TryComplete();
        }
        catch (Exception failure)
        {
            started.TrySetException(failure);
            _events.Writer.TryComplete(failure);
        }
    }
}
