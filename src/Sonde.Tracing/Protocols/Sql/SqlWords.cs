using System.Buffers;
using System.Text;

namespace Sonde.Tracing.Protocols.Sql;

/// <summary>What a keyword means to a summary.</summary>
internal enum SqlWord : byte
{
    None,
    Select,

    /// <summary>INSERT and REPLACE.</summary>
    Insert,
    Update,
    Delete,
    Merge,
    Truncate,
    Copy,
    Call,
    Use,

    /// <summary>Verbs that say of what kind their target is, CREATE TABLE; and START TRANSACTION.</summary>
    Define,
    Grant,
    Explain,
    With,
    From,
    Join,
    Using,
    Into,
    Table,
    Set,
    Distinct,

    /// <summary>Begins what follows the tables.</summary>
    Clause,

    /// <summary>Stands between an operation or a preposition and its target.</summary>
    Modifier,
}

/// <summary>The keywords that a summary goes by, in any case.</summary>
internal static class SqlWords
{
    private const int MaxLength = 16;

    private static readonly Dictionary<byte[], SqlWord>.AlternateLookup<ReadOnlySpan<byte>> s_words = Words().GetAlternateLookup<ReadOnlySpan<byte>>();

    private static readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> s_nameless = new HashSet<byte[]>(
        Split("USER ROLE LOGIN GROUP POLICY SUBSCRIPTION CREDENTIAL MASTER SYMMETRIC ASYMMETRIC CERTIFICATE DEFAULT SERVER TRANSACTION SYSTEM SESSION"), BytesComparer.Instance)
        .GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary><see cref="SqlWord.None"/> for names and all other keywords.</summary>
    public static SqlWord Of(ReadOnlySpan<byte> word)
    {
        Span<byte> upper = stackalloc byte[MaxLength];
        return TryRaise(word, upper, out int length) && s_words.TryGetValue(upper[..length], out SqlWord meaning) ? meaning : SqlWord.None;
    }

    /// <summary>Kinds of things that are people's, hold a secret, or have no name.</summary>
    public static bool IsNameless(ReadOnlySpan<byte> kind)
    {
        Span<byte> upper = stackalloc byte[MaxLength];
        return TryRaise(kind, upper, out int length) && s_nameless.Contains(upper[..length]);
    }

    private static bool TryRaise(ReadOnlySpan<byte> word, Span<byte> upper, out int length)
    {
        length = 0;
        return word.Length <= MaxLength && Ascii.ToUpper(word, upper, out length) == OperationStatus.Done;
    }

    private static Dictionary<byte[], SqlWord> Words()
    {
        var words = new Dictionary<byte[], SqlWord>(BytesComparer.Instance);
        Add(SqlWord.Select, "SELECT");
        Add(SqlWord.Insert, "INSERT REPLACE");
        Add(SqlWord.Update, "UPDATE");
        Add(SqlWord.Delete, "DELETE");
        Add(SqlWord.Merge, "MERGE");
        Add(SqlWord.Truncate, "TRUNCATE");
        Add(SqlWord.Copy, "COPY");
        Add(SqlWord.Call, "CALL EXEC EXECUTE");
        Add(SqlWord.Use, "USE");
        Add(SqlWord.Define, "CREATE ALTER DROP START");
        Add(SqlWord.Grant, "GRANT REVOKE DENY");
        Add(SqlWord.Explain, "EXPLAIN ANALYZE");
        Add(SqlWord.With, "WITH");
        Add(SqlWord.From, "FROM");
        Add(SqlWord.Join, "JOIN STRAIGHT_JOIN");
        Add(SqlWord.Using, "USING");
        Add(SqlWord.Into, "INTO");
        Add(SqlWord.Table, "TABLE");
        Add(SqlWord.Set, "SET");
        Add(SqlWord.Distinct, "DISTINCT");
        Add(SqlWord.Clause, "WHERE GROUP ORDER HAVING LIMIT WINDOW RETURNING VALUES OFFSET FETCH FOR OUTPUT OPTION WHEN UNION EXCEPT INTERSECT");
        Add(SqlWord.Modifier, "ONLY LATERAL IF NOT EXISTS OR TEMP TEMPORARY UNIQUE UNLOGGED GLOBAL LOCAL MATERIALIZED CONCURRENTLY EXTERNAL FOREIGN CLUSTERED "
            + "NONCLUSTERED FULLTEXT SPATIAL IGNORE LOW_PRIORITY DELAYED HIGH_PRIORITY QUICK RECURSIVE ONLINE OFFLINE ON");
        return words;

        void Add(SqlWord meaning, string spellings)
        {
            foreach (byte[] spelling in Split(spellings))
            {
                words.Add(spelling, meaning);
            }
        }
    }

    private static IEnumerable<byte[]> Split(string words) => words.Split(' ').Select(Encoding.ASCII.GetBytes);
}
