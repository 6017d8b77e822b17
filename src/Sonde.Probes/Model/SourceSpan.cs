namespace Sonde.Probes.Model;

/// <summary>A piece of a program's text: where an error or an instruction comes from.</summary>
/// <param name="Start">Index of the first character.</param>
/// <param name="Length">Characters; 0 for what has no text.</param>
public readonly record struct SourceSpan(int Start, int Length)
{
    /// <summary>Of what the compiler added itself, and of all that comes from expression trees.</summary>
    public static SourceSpan None => default;

    public int End => Start + Length;
}
