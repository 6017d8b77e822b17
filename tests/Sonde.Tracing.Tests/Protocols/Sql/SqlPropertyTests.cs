using System.Text;
using CsCheck;
using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Tests.Protocols.Sql;

/// <summary>What holds for any statement.</summary>
public sealed class SqlPropertyTests
{
    private const string Secret = "Xq7zK9";

    private static readonly Gen<SqlDialect> s_dialect = Gen.OneOf([SqlDialect.PostgreSql, SqlDialect.MySql, SqlDialect.SqlServer]);

    private static readonly Gen<string> s_piece = Gen.OneOf(
        "SELECT ", "FROM t", " WHERE ", "a = ", $"'{Secret}'", $"N'{Secret}'", "1", "-2.5", " IN (", "1, ", ")", ", ", "\"name\"", "`name`", "[name]", "$1",
        "@x", "?", "; ", "-- c\n", "/* c */", "/*!40000 ", "*/", "INSERT INTO ", "UPDATE ", "WITH x AS (", "CREATE TABLE ", "CALL ", "(", "::", ".", "'it''s'", "JOIN ", "SET ");

    [Fact]
    public void Random_bytes_never_throw() => Gen.Select(s_dialect, Gen.Byte.Array[0, 300], Gen.Bool, Gen.Bool).Sample((dialect, bytes, isCut, redact) =>
    {
        new SqlStatementCache(dialect, new SqlSettings { RedactLiterals = redact }).Read(bytes, isCut, dialect == SqlDialect.MySql);
    }, iter: 3000);

    [Fact]
    public void A_string_is_never_shown() => Gen.Select(s_dialect, s_piece.Array[1, 30], Gen.Int[0, 400]).Sample((dialect, pieces, cut) =>
    {
        byte[] statement = Encoding.ASCII.GetBytes(string.Concat(pieces));
        var cache = new SqlStatementCache(dialect, new SqlSettings());
        for (int part = 0; part < 2; part++)
        {
            bool isCut = part == 1;
            SqlStatement read = cache.Read(isCut ? statement.AsSpan(0, Math.Min(cut, statement.Length)) : statement, isCut, dialect == SqlDialect.MySql);
            // Backquotes and brackets quote nothing in the other dialects, so that a string may begin with any of the quotes.
            Assert.DoesNotContain(Secret, Encoding.ASCII.GetString(read.Text), StringComparison.Ordinal);
            Assert.InRange(read.Text.Length, 0, statement.Length);
            Assert.InRange(read.Summary.Length, 0, 255);
        }
    }, iter: 3000);

    [Fact]
    public void What_is_normalised_is_normal() => Gen.Select(s_dialect, s_piece.Array[1, 30]).Sample((dialect, pieces) =>
    {
        var cache = new SqlStatementCache(dialect, new SqlSettings());
        SqlStatement once = cache.Read(Encoding.ASCII.GetBytes(string.Concat(pieces)), escapes: dialect == SqlDialect.MySql);
        SqlStatement twice = cache.Read(once.Text, escapes: dialect == SqlDialect.MySql);
        Assert.Equal(Encoding.ASCII.GetString(once.Text), Encoding.ASCII.GetString(twice.Text));
    }, iter: 3000);
}
