using System.Globalization;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>What a client says of a statement that it ran.</summary>
internal sealed record Ran(string Text, string Outcome, TimeSpan Elapsed);

/// <summary>Runs the programs of <c>tests/clients/</c>, each with a driver of its own.</summary>
internal static class DatabaseClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs a client against a port of loopback, and waits until it has ended.</summary>
    public static async Task<Ran[]> RunAsync(string driver, int port)
    {
        string[] command = driver switch
        {
            "npgsql" or "mysqlconnector" or "sqlclient" => [Path.Combine(Repository.Root, "artifacts/bin/DatabaseClient", Repository.Configuration, "DatabaseClient"), driver, $"{port}"],
            "psycopg2" or "pymysql" => ["/usr/bin/python3", Source("python/database.py"), driver, $"{port}"],
            "pg" or "mysql2" => ["node", Source("node/database.js"), driver, $"{port}"],
            "jdbc" => ["java", "-cp", $"/usr/share/java/postgresql.jar:{Path.Combine(Repository.Root, "artifacts/clients/java")}", "Database", $"{port}"],
            _ => throw new ArgumentOutOfRangeException(nameof(driver)),
        };
        List<Ran> ran = [];
        await using ChildProcess client = ChildProcess.Start(command[0], command[1..],
            new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0" }, process => process.Output += line =>
            {
                string[] fields = line.Split('\t', 3);
                ran.Add(new Ran(fields[2], fields[1], TimeSpan.FromMilliseconds(double.Parse(fields[0], CultureInfo.InvariantCulture))));
            });
        await client.WaitForExitAsync(Patience);
        return client.ExitCode == 0 ? [.. ran] : throw new InvalidOperationException($"{driver}: {client.Errors}");
    }

    private static string Source(string path) => Path.Combine(Repository.Root, "tests/clients", path);
}
