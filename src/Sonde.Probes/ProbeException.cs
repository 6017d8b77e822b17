using Sonde.Probes.Model;

namespace Sonde.Probes;

/// <summary>A program that cannot be compiled, loaded or attached: what is wrong, where, and what to do.</summary>
/// <param name="message">One sentence or two; names alternatives that exist on this machine.</param>
/// <param name="span">The text that it is about; <see cref="SourceSpan.None"/> for the program as a whole.</param>
/// <param name="inner">What the kernel said.</param>
public sealed class ProbeException(string message, SourceSpan span, Exception? inner = null) : Exception(message, inner)
{
    public SourceSpan Span { get; } = span;
}
