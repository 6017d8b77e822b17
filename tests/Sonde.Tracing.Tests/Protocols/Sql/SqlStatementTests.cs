using System.Text;
using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Tests.Protocols.Sql;

/// <summary>Statements as spans show them: their text without values, their summary, what it decides.</summary>
public sealed class SqlStatementTests
{
    [Theory]
    [InlineData("SELECT * FROM orders WHERE id = 7 AND name='O''Brien'", "SELECT * FROM orders WHERE id = ? AND name=?")]
    [InlineData("select  a ,\n\tb from t -- the end 'of' it\nwhere x=1.5e-3", "select a , b from t where x=?")]
    [InlineData("SELECT /* a 'b' /* nested */ c */ 1", "SELECT ?")]
    [InlineData("SELECT E'it\\'s', 'a\\', $tag$ it's $$ $tag$, $$x$$, U&'d', B'01', X'1F'", "SELECT ?, ?, ?, ?, ?, ?, ?")]
    [InlineData("UPDATE \"Order Lines\" SET x = -5, y = y - 5, z = (-1)", "UPDATE \"Order Lines\" SET x = ?, y = y - ?, z = (?)")]
    [InlineData("SELECT * FROM t WHERE id IN (1, 2,3) AND k IN ('a') AND j NOT IN (-1, -2)", "SELECT * FROM t WHERE id IN (?) AND k IN (?) AND j NOT IN (?)")]
    [InlineData("SELECT * FROM t WHERE id IN ($1, $2, $3)", "SELECT * FROM t WHERE id IN ($1)")]
    [InlineData("SELECT * FROM t WHERE id IN (SELECT 1 FROM u)", "SELECT * FROM t WHERE id IN (SELECT ? FROM u)")]
    [InlineData("SELECT $1::int, a[1], t1.col2 FROM t1 WHERE ok = TRUE AND d > DATE '2026-01-01'", "SELECT $1::int, a[?], t1.col2 FROM t1 WHERE ok = ? AND d > DATE ?")]
    [InlineData("SELECT 0xFF, 1_000, .5, 10.", "SELECT ?, ?, ?, ?")]
    [InlineData("INSERT INTO t VALUES (1, 'größer')", "INSERT INTO t VALUES (?, ?)")]
    public void A_value_of_PostgreSql_is_a_question_mark(string statement, string text) =>
        Assert.Equal(text, Text(SqlDialect.PostgreSql, statement));

    [Theory]
    [InlineData("SELECT \"a\\\"b\", 'it\\'s', `odd 'name` # rest 'x'\nFROM t", "SELECT ?, ?, `odd 'name` FROM t")]
    [InlineData("SELECT _utf8mb4'x', x'1f', N'y', @id, @@version -- c\n, 5--5", "SELECT _utf8mb4?, ?, ?, @id, @@version , ?-?")]
    [InlineData("SELECT /*+ MAX_EXECUTION_TIME(1) */ 1 /*!40101 , 2 */", "SELECT ? , ?")]
    [InlineData("SELECT * FROM t WHERE id IN (?, ?, ?)", "SELECT * FROM t WHERE id IN (?)")]
    public void A_value_of_MySql_is_a_question_mark(string statement, string text) =>
        Assert.Equal(text, Text(SqlDialect.MySql, statement));

    [Theory]
    [InlineData("SELECT [odd 'name]]], N'x' FROM #temp WHERE id = @id AND price > $5.25", "SELECT [odd 'name]]], ? FROM #temp WHERE id = @id AND price > ?")]
    [InlineData("EXEC dbo.p @a = N'x', @b = 0x1F", "EXEC dbo.p @a = ?, @b = ?")]
    public void A_value_of_SqlServer_is_a_question_mark(string statement, string text) =>
        Assert.Equal(text, Text(SqlDialect.SqlServer, statement));

    [Theory]
    [InlineData("SELECT * FROM wuser_table WHERE username = ?", "SELECT wuser_table")]
    [InlineData("INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = ?", "INSERT shipping_details SELECT orders")]
    [InlineData("SELECT * FROM songs, artists WHERE songs.artist_id = artists.id", "SELECT songs artists")]
    [InlineData("SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)", "SELECT SELECT orders customers")]
    [InlineData("SELECT * FROM \"song list\", public.artists a", "SELECT \"song list\" public.artists")]
    [InlineData("select a, b from t1 x, (select c, d from t2) y, t3", "select t1 select t2 t3")]
    [InlineData("WITH recent AS (SELECT * FROM orders), x AS (DELETE FROM old RETURNING *) SELECT * FROM recent JOIN x ON a = b", "SELECT orders DELETE old SELECT")]
    [InlineData("WITH r AS (SELECT 1) INSERT INTO t SELECT * FROM r", "SELECT INSERT t SELECT")]
    [InlineData("SELECT EXTRACT(YEAR FROM at), a IS DISTINCT FROM b, replace(c, d, e) FROM t FOR UPDATE", "SELECT t")]
    [InlineData("SELECT * FROM generate_series(1, 5) g JOIN t ON g = t.id", "SELECT t")]
    [InlineData("INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = 3", "INSERT t")]
    [InlineData("UPDATE ONLY accounts AS a SET x = 1, y = 2 FROM branches b WHERE a.id = b.id", "UPDATE accounts branches")]
    [InlineData("DELETE FROM t USING u WHERE t.id = u.id", "DELETE t u")]
    [InlineData("MERGE INTO target t USING source s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT VALUES (1)", "MERGE target source")]
    [InlineData("CREATE TABLE IF NOT EXISTS t (a int)", "CREATE TABLE t")]
    [InlineData("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX i")]
    [InlineData("CREATE OR REPLACE VIEW v AS SELECT * FROM t", "CREATE VIEW v SELECT t")]
    [InlineData("DROP TABLE t", "DROP TABLE t")]
    [InlineData("ALTER USER bob PASSWORD 'x'", "ALTER USER")]
    [InlineData("GRANT SELECT, UPDATE ON t TO bob", "GRANT")]
    [InlineData("TRUNCATE TABLE a, b", "TRUNCATE a b")]
    [InlineData("COPY t (a) FROM STDIN", "COPY t")]
    [InlineData("EXPLAIN ANALYZE UPDATE t SET a = 1", "EXPLAIN ANALYZE UPDATE t")]
    [InlineData("BEGIN; UPDATE t SET a = 1; COMMIT", "BEGIN UPDATE t COMMIT")]
    [InlineData("START TRANSACTION READ ONLY", "START TRANSACTION")]
    [InlineData("SET search_path TO a", "SET")]
    [InlineData("VALUES (1)", "VALUES")]
    [InlineData("call pay(1)", "call pay")]
    [InlineData("{call pay(1)}", "call pay")]
    [InlineData("SELECT a FROM t UNION ALL SELECT b FROM u ORDER BY a, b", "SELECT t SELECT u")]
    [InlineData("", "")]
    public void A_summary_has_operations_and_targets_in_their_order(string statement, string summary) =>
        Assert.Equal(summary, Ascii(Read(SqlDialect.PostgreSql, statement).Summary));

    [Theory]
    [InlineData("SELECT TOP 5 * FROM [dbo].[Orders] WITH (NOLOCK) WHERE id = 1", "SELECT [dbo].[Orders]")]
    [InlineData("SET NOCOUNT ON; INSERT INTO Blogs (Name) OUTPUT INSERTED.Id VALUES (@p0)", "SET INSERT Blogs")]
    [InlineData("EXECUTE dbo.Pay @a = 1", "EXECUTE dbo.Pay")]
    public void A_summary_of_SqlServer(string statement, string summary) =>
        Assert.Equal(summary, Ascii(Read(SqlDialect.SqlServer, statement).Summary));

    [Theory]
    [InlineData("REPLACE INTO `t` VALUES (1)", "REPLACE `t`")]
    [InlineData("INSERT IGNORE INTO t SET a = 1 ON DUPLICATE KEY UPDATE a = 2", "INSERT t")]
    [InlineData("SELECT a INTO @x FROM t", "SELECT t")]
    [InlineData("USE `shop`", "USE `shop`")]
    [InlineData("DELETE a FROM a JOIN b ON a.id = b.id", "DELETE a a b")]
    public void A_summary_of_MySql(string statement, string summary) =>
        Assert.Equal(summary, Ascii(Read(SqlDialect.MySql, statement).Summary));

    [Fact]
    public void One_operation_on_one_table_names_both()
    {
        SqlStatement one = Read(SqlDialect.PostgreSql, "SELECT * FROM public.orders WHERE id = 1");
        Assert.Equal(("SELECT", "public.orders"), (Ascii(one.Operation), Ascii(one.Collection)));
        SqlStatement two = Read(SqlDialect.PostgreSql, "SELECT * FROM a, b");
        Assert.Equal(("SELECT", ""), (Ascii(two.Operation), Ascii(two.Collection)));
        SqlStatement several = Read(SqlDialect.PostgreSql, "INSERT INTO a SELECT * FROM b");
        Assert.Equal(("", ""), (Ascii(several.Operation), Ascii(several.Collection)));
        Assert.Equal("pay", Ascii(Read(SqlDialect.PostgreSql, "CALL pay(1)").Procedure));
        Assert.Equal("shop", Ascii(Read(SqlDialect.MySql, "USE `shop`").Database));
        Assert.Equal("CREATE TABLE", Ascii(Read(SqlDialect.PostgreSql, "CREATE  TABLE t (a int)").Operation));
    }

    [Fact]
    public void A_summary_ends_before_what_does_not_fit()
    {
        string tables = string.Join(", ", Enumerable.Range(0, 60).Select(i => $"table_{i}"));
        string summary = Ascii(Read(SqlDialect.PostgreSql, $"SELECT * FROM {tables}").Summary);
        Assert.InRange(summary.Length, 240, 255);
        Assert.StartsWith("SELECT table_0 table_1 ", summary, StringComparison.Ordinal);
        Assert.EndsWith($"table_{summary.Split(' ').Length - 2}", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT secret_column FROM t WHERE name = 'half a val", "SELECT secret_column FROM t WHERE name =")]
    [InlineData("SELECT a FROM customers WHERE x = 'a' AND custo", "SELECT a FROM customers WHERE x = ? AND")]
    [InlineData("SELECT a FROM customers WHERE id IN (1, 2, 3, 4", "SELECT a FROM customers WHERE id IN (?")]
    [InlineData("SELECT a FROM t WHERE b = $tag$ half", "SELECT a FROM t WHERE b =")]
    [InlineData("SELECT a FROM t WHERE b = 12", "SELECT a FROM t WHERE b =")]
    [InlineData("SELECT a FROM t /* half a com", "SELECT a FROM t")]
    public void A_cut_statement_ends_with_its_last_whole_token(string statement, string text)
    {
        var cache = new SqlStatementCache(SqlDialect.PostgreSql, new SqlSettings());
        Assert.Equal(text, Ascii(cache.Read(Encoding.UTF8.GetBytes(statement), isCut: true).Text));
    }

    [Theory]
    [InlineData("SELECT 'a'' FROM t WHERE secret = ")]
    [InlineData("SELECT \"a FROM t")]
    [InlineData("SELECT $x$ abc")]
    public void A_quote_that_is_never_closed_leaves_nothing_to_show(string statement) =>
        Assert.Same(SqlStatement.Unknown, Read(SqlDialect.PostgreSql, statement));

    [Theory]
    [InlineData(nameof(SqlDialect.PostgreSql), "ALTER USER bob WITH PASSWORD 'hunter2'")]
    [InlineData(nameof(SqlDialect.PostgreSql), "ALTER ROLE bob PASSWORD \"hunter2\"")]
    [InlineData(nameof(SqlDialect.PostgreSql), "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hunter2' PUBLICATION p")]
    [InlineData(nameof(SqlDialect.PostgreSql), "CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'bob', password 'hunter2')")]
    [InlineData(nameof(SqlDialect.PostgreSql), "SELECT dblink('host=a user=b pass=hunter2', 'SELECT 1')")]
    [InlineData(nameof(SqlDialect.PostgreSql), "SELECT pgp_sym_encrypt(card, 'hunter2') FROM cards")]
    [InlineData(nameof(SqlDialect.PostgreSql), "SELECT * FROM users WHERE password_hash = 'hunter2'")]
    [InlineData(nameof(SqlDialect.PostgreSql), "SELECT 'postgres://bob:hunter2@db/x'")]
    [InlineData(nameof(SqlDialect.MySql), "CREATE USER 'bob'@'%' IDENTIFIED BY 'hunter2' REPLACE 'hunter2'")]
    [InlineData(nameof(SqlDialect.MySql), "SET PASSWORD FOR 'bob'@'%' = PASSWORD(\"hunter2\")")]
    [InlineData(nameof(SqlDialect.MySql), "CHANGE MASTER TO MASTER_HOST='a', MASTER_PASSWORD='hunter2'")]
    [InlineData(nameof(SqlDialect.MySql), "SET @x = AES_ENCRYPT('a', 'hunter2')")]
    [InlineData(nameof(SqlDialect.SqlServer), "CREATE LOGIN bob WITH PASSWORD = N'hunter2' MUST_CHANGE")]
    [InlineData(nameof(SqlDialect.SqlServer), "CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'bob', SECRET = 'hunter2'")]
    [InlineData(nameof(SqlDialect.SqlServer), "OPEN MASTER KEY DECRYPTION BY PASSWORD = 'hunter2'")]
    public void A_secret_is_never_shown_even_where_values_are(string name, string statement)
    {
        SqlDialect dialect = Enum.Parse<SqlDialect>(name);
        foreach (bool redact in new[] { true, false })
        {
            SqlStatement read = new SqlStatementCache(dialect, new SqlSettings { RedactLiterals = redact }).Read(Encoding.UTF8.GetBytes(statement), escapes: dialect == SqlDialect.MySql);
            Assert.NotEmpty(read.Text);
            Assert.DoesNotContain("hunter2", Ascii(read.Text) + Ascii(read.Summary), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Values_are_kept_when_the_settings_say_so()
    {
        var cache = new SqlStatementCache(SqlDialect.PostgreSql, new SqlSettings { RedactLiterals = false });
        SqlStatement read = cache.Read("SELECT * FROM t WHERE a = 'x' AND b = -1"u8);
        Assert.Equal("SELECT * FROM t WHERE a = 'x' AND b = -1", Ascii(read.Text));
        Assert.Equal("SELECT t", Ascii(read.Summary));
    }

    [Fact]
    public void The_same_form_is_made_once_and_found_without_allocation()
    {
        var cache = new SqlStatementCache(SqlDialect.PostgreSql, new SqlSettings());
        SqlStatement first = cache.Read("SELECT * FROM t WHERE id = 1"u8);
        Assert.Same(first, cache.Read("SELECT * FROM t WHERE id = 2"u8));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            cache.Read("SELECT  * FROM t /* c */ WHERE id = 3"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_forms_that_are_remembered_are_bounded()
    {
        var cache = new SqlStatementCache(SqlDialect.PostgreSql, new SqlSettings());
        SqlStatement kept = cache.Read("SELECT kept FROM t"u8);
        for (int i = 0; i < 5000; i++)
        {
            cache.Read(Encoding.ASCII.GetBytes($"SELECT a{i} FROM t"));
            Assert.Same(kept, cache.Read("SELECT kept FROM t"u8));
        }
    }

    private static string Text(SqlDialect dialect, string statement) => Encoding.UTF8.GetString(Read(dialect, statement).Text);

    private static SqlStatement Read(SqlDialect dialect, string statement) =>
        new SqlStatementCache(dialect, new SqlSettings()).Read(Encoding.UTF8.GetBytes(statement), escapes: dialect == SqlDialect.MySql);

    private static string Ascii(byte[] text) => Encoding.UTF8.GetString(text);
}
