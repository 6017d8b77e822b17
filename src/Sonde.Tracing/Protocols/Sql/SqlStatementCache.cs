namespace Sonde.Tracing.Protocols.Sql;

/// <summary>
/// Reads statements; each form is made once, found again by its normalised text, and shared. Bounded: when a thousand forms are
/// remembered they become the old ones, and of these those stay that are asked for again. One thread.
/// </summary>
internal sealed class SqlStatementCache(SqlDialect dialect, SqlSettings settings)
{
    private const int Generation = 1024;

    private readonly SqlNormalizer _normalizer = new(dialect, settings.RedactLiterals);
    private readonly SqlSummarizer _summarizer = new(dialect);
    private Dictionary<byte[], SqlStatement> _young = new(BytesComparer.Instance);
    private Dictionary<byte[], SqlStatement> _old = new(BytesComparer.Instance);

    /// <summary>Reads a statement.</summary>
    /// <param name="statement">As it was sent, or its beginning.</param>
    /// <param name="isCut">Whether more of it was sent.</param>
    /// <param name="escapes">Whether a backslash in a plain string quotes the character behind it.</param>
    /// <returns><see cref="SqlStatement.Unknown"/> when it makes no sense.</returns>
    public SqlStatement Read(ReadOnlySpan<byte> statement, bool isCut = false, bool escapes = false)
    {
        if (!_normalizer.Read(statement, isCut, escapes))
        {
            return SqlStatement.Unknown;
        }

        ReadOnlySpan<byte> text = _normalizer.Text;
        if (_young.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(text, out SqlStatement? found))
        {
            return found;
        }

        if (!_old.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(text, out found))
        {
            found = _summarizer.Summarize(text.ToArray(), escapes);
        }

        if (_young.Count == Generation)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young.Add(found.Text, found);
        return found;
    }
}
