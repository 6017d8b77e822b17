using System.Collections;

namespace Sonde.Agent.Configuration;

/// <summary>Reads the settings from where they stand: the file, then the environment, then the command line, the later over the earlier.</summary>
internal sealed class SettingsSources
{
    private const string StandardFile = "/etc/sonde/sonde.yaml";
    private const string FileVariable = "SONDE_CONFIG";
    private const string CommandLine = "command line";

    /// <summary>The environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The file that the command line names.</summary>
    public string? File { get; init; }

    /// <summary>The rows that the command line sets.</summary>
    public IReadOnlyList<(string Key, string Text)> Options { get; init; } = [];

    /// <summary>The environment of this process.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment { get; } = System.Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    /// <summary>Reads all.</summary>
    /// <param name="warnings">Gets a sentence for each variable that is passed over.</param>
    /// <exception cref="SettingsException">A file cannot be read, a key is unknown or a value not allowed.</exception>
    public SettingValues Read(ICollection<string> warnings)
    {
        var values = new SettingValues();
        ReadFile(values);
        ReadEnvironment(values, warnings);
        foreach ((string key, string text) in Options)
        {
            Setting setting = SettingCatalog.Find(key) ?? throw new SettingsException(
                $"{CommandLine}: unknown setting '{key}'{KeySuggestion.For(key, SettingCatalog.All.Select(row => row.Key))}");
            values.Set(setting, SettingText.Scalar(text), CommandLine);
        }

        return values;
    }

    private void ReadFile(SettingValues values)
    {
        string? named = File ?? Variable(FileVariable);
        string path = named ?? StandardFile;
        try
        {
            using StreamReader text = System.IO.File.OpenText(path);
            SettingsFile.Read(path, text, values);
        }
        catch (Exception exception) when (named is null && exception is FileNotFoundException or DirectoryNotFoundException)
        {
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string reason = exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException => "it may not be read",
                _ => exception.Message.TrimEnd('.'),
            };
            throw new SettingsException($"the settings file {path} cannot be read: {reason}");
        }
    }

    private void ReadEnvironment(SettingValues values, ICollection<string> warnings)
    {
        foreach (Setting setting in SettingCatalog.All)
        {
            if (Variable(setting.Variable) is { } text)
            {
                values.Set(setting, SettingText.Scalar(text), setting.Variable);
            }
        }

        IEnumerable<string> known = SettingCatalog.All.Select(setting => setting.Variable).Append(FileVariable);
        foreach (string name in Environment.Keys.Where(name => name.StartsWith("SONDE_", StringComparison.Ordinal)).Except(known).Where(IsOurs).Order())
        {
            warnings.Add($"{name} is not a setting{KeySuggestion.For(name, known)}");
        }
    }

    /// <summary>An empty variable is an unset one, as in OpenTelemetry's specification.</summary>
    private string? Variable(string name) => Environment.TryGetValue(name, out string? text) && text.Trim().Length > 0 ? text : null;

    /// <summary>Kubernetes gives every container variables of its own for a Service that is called <c>sonde</c>.</summary>
    private static bool IsOurs(string name) =>
        name != "SONDE_PORT" && !name.StartsWith("SONDE_PORT_", StringComparison.Ordinal) && !name.StartsWith("SONDE_SERVICE_", StringComparison.Ordinal);
}
