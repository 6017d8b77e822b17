using System.Text;
using Sonde.Probes.Attach;
using Sonde.Probes.Binding;
using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes;

/// <summary>A program's text, and where it comes from.</summary>
/// <param name="text">In the probe language.</param>
/// <param name="name">A file's name, or what else tells a reader which text is meant: <c>stdin</c>.</param>
public sealed class ProbeSource(string text, string name)
{
    private ProgramSyntax? _syntax;

    public string Text { get; } = text;

    public string Name { get; } = name;

    /// <exception cref="ProbeException">The text is not a program.</exception>
    internal ProgramSyntax Syntax
    {
        get => _syntax ??= Parser.Parse(Text);
        init => _syntax = value;
    }

    /// <summary>Compiles the text as far as it goes without the kernel's help: all names are found, all types known.</summary>
    /// <param name="points">Where a program can be attached here, and what it sees there.</param>
    /// <param name="options">Arguments and limits; null for none and the defaults.</param>
    /// <exception cref="ProbeException">The text is not a program, or not one for this machine.</exception>
    public ProbeProgram Bind(IAttachPoints points, ProbeOptions? options = null) => ProgramBinder.Bind(this, points, options ?? new());

    /// <summary>Line and column, both from 1, of a character.</summary>
    public (int Line, int Column) Locate(int position)
    {
        position = Math.Clamp(position, 0, Text.Length);
        int start = StartOfLine(position);
        return (Text.AsSpan(0, position).Count('\n') + 1, position - start + 1);
    }

    /// <summary>
    /// An error as compilers show it: <c>name:line:column: error: message</c>, then the line, then a line that marks the place. What is
    /// about no place in the text is one line without numbers.
    /// </summary>
    public string Describe(ProbeException error)
    {
        if (error.Span == SourceSpan.None)
        {
            return $"{Name}: error: {error.Message}";
        }

        (int line, int column) = Locate(error.Span.Start);
        int start = StartOfLine(Math.Clamp(error.Span.Start, 0, Text.Length));
        int end = Text.IndexOf('\n', start);
        string shown = Text[start..(end < 0 ? Text.Length : end)].TrimEnd('\r');
        StringBuilder marks = new();
        foreach (char c in shown.AsSpan(0, Math.Min(column - 1, shown.Length)))
        {
            marks.Append(c == '\t' ? '\t' : ' ');
        }

        marks.Append('^').Append('~', Math.Max(0, Math.Min(error.Span.Length, shown.Length - column + 1) - 1));
        return $"{Name}:{line}:{column}: error: {error.Message}\n{shown}\n{marks}";
    }

    private int StartOfLine(int position) => position == 0 ? 0 : Text.LastIndexOf('\n', position - 1) + 1;
}
