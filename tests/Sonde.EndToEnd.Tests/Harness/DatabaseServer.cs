using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A database of <c>tests/servers/databases/</c>.</summary>
public enum Database
{
    PostgreSql,
    MariaDb,

    /// <summary>The tests' own server, which speaks as SQL Server does.</summary>
    Tds,
}

/// <summary>What a database logged that it executed.</summary>
/// <param name="Text">The statement, with every white space made one space.</param>
/// <param name="Code">The code of its error; empty when it had none; null when the log does not say.</param>
internal sealed record Executed(string Text, string? Code);

/// <summary>A database server of its own, and its own account of what it did.</summary>
internal sealed partial class DatabaseServer : IAsyncDisposable
{
    private readonly Database _database;
    private readonly ServerProcess _process;

    private DatabaseServer(Database database, ServerProcess process) => (_database, _process) = (database, process);

    public int Port => _process.Port;

    public static async Task<DatabaseServer> StartAsync(Database database)
    {
        IPEndPoint endPoint = new(IPAddress.Loopback, Ports.Take(IPAddress.Loopback));
        TemporaryFolder folder = new();
        string script = database switch { Database.PostgreSql => "postgresql.sh", Database.MariaDb => "mariadb.sh", _ => "tds.py" };
        return new DatabaseServer(database, await ServerProcess.StartAsync(
            endPoint, folder, Path.Combine(Repository.Servers, "databases", script), $"{endPoint.Port}", folder.Path));
    }

    /// <summary>The statements so far, in their order.</summary>
    public Executed[] Log() => _database switch
    {
        Database.PostgreSql => PostgreSqlLog(),
        Database.MariaDb => [.. Commands().Matches(Read("log")).Select(match => new Executed(OneLine(match.Groups[1].Value), null))],
        _ => [.. Read("log").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).Select(parts => new Executed(parts[1], parts[0] == "-" ? "" : parts[0]))],
    };

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>An error belongs to the statement before it, or is one that was never executed.</summary>
    private Executed[] PostgreSqlLog()
    {
        List<Executed> executed = [];
        foreach (string line in Read("log.json").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            string Field(string name) => entry.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
            if (Statement().Match(Field("message")) is { Success: true } match)
            {
                executed.Add(new Executed(OneLine(match.Groups[1].Value), ""));
            }
            else if (Field("error_severity") == "ERROR" && OneLine(Field("statement")) is { Length: > 0 } failed)
            {
                if (executed.Count > 0 && executed[^1] == new Executed(failed, ""))
                {
                    executed.RemoveAt(executed.Count - 1);
                }

                executed.Add(new Executed(failed, Field("state_code")));
            }
        }

        return [.. executed];
    }

    private string Read(string name)
    {
        string path = Path.Combine(_process.Folder, name);
        if (!File.Exists(path))
        {
            return "";
        }

        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string text = reader.ReadToEnd();
        // The last line may be half written.
        return text[..(text.LastIndexOf('\n') + 1)];
    }

    private static string OneLine(string text) => string.Join(' ', Comment().Replace(text, " ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"--[^\n]*(\n|$)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\A(?:statement|execute (?:fetch from )?[^:]*): (.*)\z", RegexOptions.Singleline)]
    private static partial Regex Statement();

    /// <summary>A command's line and those that go on with it.</summary>
    [GeneratedRegex(@"^(?:\d{6} [ \d:]{8}|\t)\t +\d+ (?:Query|Execute)\t(.*?)(?=\n(?:\d{6} [ \d:]{8}|\t)\t +\d+ \w|\z)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Commands();
}
