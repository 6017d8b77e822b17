// Runs statements on a database and says how long each took: DatabaseClient npgsql|mysqlconnector|sqlclient PORT.
// A line for each statement: milliseconds, the error's code or "ok", the statement.
using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.SqlClient;
using MySqlConnector;
using Npgsql;

string driver = args[0], port = args[1];
await using DbConnection connection = driver switch
{
    "npgsql" => new NpgsqlConnection($"Host=127.0.0.1;Port={port};Username=shop;Database=shop;SSL Mode=Disable;GSS Encryption Mode=Disable;Pooling=false"),
    "mysqlconnector" => new MySqlConnection($"Server=127.0.0.1;Port={port};User ID=shop;Password=planted;Database=shop;SSL Mode=None;Pooling=false;AllowPublicKeyRetrieval=true"),
    "sqlclient" => new SqlConnection($"Server=127.0.0.1,{port};User ID=shop;Password=planted;Database=shop;Encrypt=Optional;Pooling=false;Connect Retry Count=0"),
    _ => throw new ArgumentException($"unknown driver {driver}"),
};
await connection.OpenAsync();

string sleep = driver switch { "npgsql" => "SELECT pg_sleep(0.06)", "mysqlconnector" => "SELECT SLEEP(0.06)", _ => "WAITFOR DELAY '00:00:00.060'" };
await RunAsync("DROP TABLE IF EXISTS orders");
await RunAsync("CREATE TABLE orders (id int PRIMARY KEY, name varchar(40))");
await RunAsync("INSERT INTO orders (id, name) VALUES (1, 'planted'), (2, 'two')");
await RunAsync("SELECT name FROM orders WHERE id IN (1, 2, 3)");
await RunAsync("SELECT name FROM orders WHERE id = @id", 2);
await RunAsync("SELECT * FROM missing WHERE id = 7");
await RunAsync(sleep);
await RunAsync("UPDATE orders SET name = @id WHERE id = 1", 5);
await RunAsync(sleep);
await using (DbCommand command = Command("SELECT name FROM orders WHERE id = @id", 1))
{
    await command.PrepareAsync();
    for (int i = 0; i < 3; i++)
    {
        command.Parameters[0].Value = i;
        await TimeAsync(command);
    }
}

await using (DbTransaction transaction = await connection.BeginTransactionAsync())
{
    await using DbCommand command = Command("DELETE FROM orders WHERE id = @id", 2);
    command.Transaction = transaction;
    await TimeAsync(command);
    await transaction.CommitAsync();
}

await RunAsync("SELECT a.id, a.name, b.name FROM orders a CROSS JOIN orders b");
await RunAsync("SELECT name FROM orders; UPDATE orders SET name = 'x' WHERE id = 9");
await RunAsync("SELECT '" + new string('x', 6000) + "' AS planted");

if (driver == "sqlclient")
{
    await using DbCommand call = Command("dbo.pay", 1);
    call.CommandType = CommandType.StoredProcedure;
    await TimeAsync(call);
}

async Task RunAsync(string text, int? id = null)
{
    await using DbCommand command = Command(text, id);
    await TimeAsync(command);
}

DbCommand Command(string text, int? id)
{
    DbCommand command = connection.CreateCommand();
    command.CommandText = text;
    if (id is { } value)
    {
        DbParameter parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value, parameter.DbType) = ("id", value, DbType.Int32);
        command.Parameters.Add(parameter);
        if (driver == "npgsql" && text.StartsWith("UPDATE", StringComparison.Ordinal))
        {
            (parameter.Value, parameter.DbType) = (value.ToString(CultureInfo.InvariantCulture), DbType.String);
        }
    }

    return command;
}

async Task TimeAsync(DbCommand command)
{
    string outcome = "ok";
    Stopwatch elapsed = Stopwatch.StartNew();
    try
    {
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        do
        {
            while (await reader.ReadAsync())
            {
                // All rows are to come.
            }
        }
        while (await reader.NextResultAsync());
    }
    catch (DbException e) when (e is PostgresException or MySqlException or SqlException)
    {
        outcome = e switch { MySqlException error => $"{error.Number}", SqlException error => $"{error.Number}", _ => e.SqlState! };
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed.Elapsed.TotalMilliseconds:F3}\t{outcome}\t{command.CommandText}"));
}
