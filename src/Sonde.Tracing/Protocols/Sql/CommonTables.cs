using System.Text;

namespace Sonde.Tracing.Protocols.Sql;

/// <summary>The names that a WITH gives to its parts: they are no tables.</summary>
internal sealed class CommonTables
{
    private const int MaxNames = 16;

    private readonly List<byte[]> _names = [];

    /// <summary>Whether the statement has a WITH.</summary>
    public bool Any => _names.Count > 0;

    public void Clear() => _names.Clear();

    /// <summary>Reads ahead from WITH to the statement's own verb: a name stands first and behind each comma outside of parentheses.</summary>
    public void Read(SqlLexer lexer)
    {
        int depth = 0;
        bool isName = true;
        while (lexer.Next())
        {
            if (lexer.Kind == SqlTokenKind.Symbol)
            {
                depth += lexer.Token[0] switch { (byte)'(' => 1, (byte)')' => -1, _ => 0 };
                isName |= depth == 0 && lexer.Token[0] == ',';
            }
            else if (depth == 0 && lexer.Kind == SqlTokenKind.Word && SqlWords.Of(lexer.Token) is SqlWord.Select or SqlWord.Insert or SqlWord.Update or SqlWord.Delete or SqlWord.Merge)
            {
                return;
            }
            else if (isName && depth == 0 && _names.Count < MaxNames && SqlWords.Of(lexer.Token) != SqlWord.Modifier)
            {
                _names.Add(lexer.Token.ToArray());
                isName = false;
            }
        }
    }

    public bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in _names)
        {
            if (Ascii.EqualsIgnoreCase(known, name))
            {
                return true;
            }
        }

        return false;
    }
}
