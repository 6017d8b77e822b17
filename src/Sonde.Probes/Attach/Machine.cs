using Sonde.Bpf.Features;
using Sonde.Bpf.Symbols;
using Sonde.Bpf.Tracing;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach;

/// <summary>What providers look things up in. Each source is opened when the first pattern needs it.</summary>
internal sealed class Machine(Kernel kernel) : IDisposable
{
    private TraceFileSystem? _tracing;

    internal Kernel Kernel { get; } = kernel;

    internal KernelTypes Types { get; } = new(kernel);

    /// <summary>The address of a symbol of the kernel; null when there is none or the kernel hides it.</summary>
    internal static ulong? AddressOf(string symbol)
    {
        try
        {
            return KernelSymbols.FindAddress(symbol) ?? KernelVariables.FindAddress(symbol);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The trace file system.</summary>
    /// <exception cref="ProbeException">This process cannot read it.</exception>
    internal TraceFileSystem TracingFor(SourceSpan span)
    {
        try
        {
            return _tracing ??= TraceFileSystem.Open();
        }
        catch (IOException refused)
        {
            throw new ProbeException(refused.Message, span, refused);
        }
    }

    /// <summary>All tracepoints as <c>group:name</c>; none when this process cannot read them.</summary>
    internal IEnumerable<string> Tracepoints() => TryOpenTracing() is { } tracing
        ? tracing.Groups.SelectMany(group => tracing.EventsOf(group).Select(name => $"{group}:{name}"))
        : [];

    /// <summary>The functions that the kernel says can be probed; null when it does not say.</summary>
    internal IReadOnlyList<string>? TraceableFunctions() => TryOpenTracing()?.TraceableFunctions();

    /// <summary>The trace file system; null when this process cannot read it.</summary>
    internal TraceFileSystem? TryOpenTracing()
    {
        try
        {
            return TracingFor(SourceSpan.None);
        }
        catch (ProbeException)
        {
            return null;
        }
    }

    /// <summary>Uses another copy of the trace file system.</summary>
    internal Machine With(TraceFileSystem tracing)
    {
        _tracing = tracing;
        return this;
    }

    public void Dispose() => _tracing?.Dispose();
}
