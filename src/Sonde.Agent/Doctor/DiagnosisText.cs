using System.Text;

namespace Sonde.Agent.Doctor;

/// <summary>A diagnosis as a table for a person: with signs and colours on a terminal, with words otherwise.</summary>
internal sealed class DiagnosisText
{
    private const int WidthOfWords = 7, Indent = 2, Gap = 2, LeastText = 24;

    private readonly bool _isTerminal;
    private readonly bool _isColoured;
    private readonly int _width;
    private readonly StringBuilder _text = new();

    private DiagnosisText(bool isTerminal, bool isColoured, int width)
    {
        _isTerminal = isTerminal;
        _isColoured = isColoured;
        _width = width;
    }

    /// <param name="diagnosis">What is shown.</param>
    /// <param name="isTerminal">Whether signs say how a thing stands, or words.</param>
    /// <param name="isColoured">Whether there are colours.</param>
    /// <param name="width">The columns that lines are wrapped to.</param>
    public static string Write(Diagnosis diagnosis, bool isTerminal, bool isColoured, int width)
    {
        DiagnosisText writer = new(isTerminal, isColoured, width);
        writer.WriteAll(diagnosis);
        return writer._text.ToString();
    }

    private void WriteAll(Diagnosis diagnosis)
    {
        _text.Append("Linux ").Append(diagnosis.Release).Append('\n');
        int nameWidth = diagnosis.Rows.Max(row => row.Name.Length);
        foreach (IGrouping<string, DiagnosisRow> group in diagnosis.Rows.GroupBy(row => row.Group))
        {
            _text.Append('\n').Append(Styled(group.Key, "1")).Append('\n');
            foreach (DiagnosisRow row in group)
            {
                WriteRow(row, nameWidth);
            }
        }

        _text.Append('\n').Append(Styled(diagnosis.CanRun ? "Yes. " : "No. ", diagnosis.CanRun ? "1;32" : "1;31"));
        Wrap([.. Words(diagnosis.Sentence, "")], 0, diagnosis.CanRun ? 5 : 4);
    }

    private void WriteRow(DiagnosisRow row, int nameWidth)
    {
        (string sign, string word, string style) = row.Condition switch
        {
            Condition.Good => ("✓", "ok", "32"),
            Condition.Lost => ("!", "lost", "33"),
            Condition.Missing => ("✗", "missing", "1;31"),
            Condition.Unknown => ("?", "unknown", "35"),
            _ => ("·", "note", "2"),
        };
        string mark = _isTerminal ? sign : word.PadRight(WidthOfWords);
        _text.Append(' ', Indent).Append(Styled(mark, style)).Append(' ').Append(row.Name.PadRight(nameWidth + Gap));
        int start = Indent + (_isTerminal ? 1 : WidthOfWords) + 1 + nameWidth + Gap;
        Wrap([.. Words(row.Found + ";", ""), .. Words(row.Meaning, "2")], start, start);
    }

    private static IEnumerable<(string Word, string Style)> Words(string text, string style) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => (word, style));

    /// <summary>Breaks between words; a narrow terminal breaks the lines itself.</summary>
    private void Wrap(ReadOnlySpan<(string Word, string Style)> words, int hang, int start)
    {
        int column = start;
        int limit = _width - hang < LeastText ? int.MaxValue : _width;
        for (int i = 0; i < words.Length; i++)
        {
            (string word, string style) = words[i];
            if (i > 0 && column + 1 + word.Length > limit)
            {
                _text.Append('\n').Append(' ', hang);
                column = hang;
            }
            else if (i > 0)
            {
                _text.Append(' ');
                column++;
            }

            _text.Append(Styled(word, style));
            column += word.Length;
        }

        _text.Append('\n');
    }

    /// <summary>Select graphic rendition (ECMA-48).</summary>
    private string Styled(string text, string style) => _isColoured && style.Length > 0 ? $"\e[{style}m{text}\e[0m" : text;
}
