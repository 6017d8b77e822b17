using System.CommandLine;
using Sonde.Agent.Configuration;

namespace Sonde.Agent.Commands;

/// <summary>The options by which the command line overrides settings.</summary>
internal sealed class SettingsOptions
{
    private readonly Option<string> _file = new("--config") { HelpName = "file", Description = "The settings file; /etc/sonde/sonde.yaml if there is one." };

    private readonly Option<string[]> _set = new("--set") { HelpName = "key=value", Description = "Any setting of 'sonde settings'; may be repeated." };

    private readonly List<(Option<string> Option, Setting Setting)> _rows = [];

    /// <param name="command">Gets the options that every command has which reads settings.</param>
    public SettingsOptions(Command command)
    {
        Command = command;
        command.Options.Add(_file);
        command.Options.Add(_set);
    }

    private Command Command { get; }

    /// <summary>Adds an option of its own for a setting.</summary>
    public SettingsOptions With(string name, string value, Setting setting)
    {
        var option = new Option<string>(name) { HelpName = value, Description = setting.Description.Replace("`", "", StringComparison.Ordinal) };
        _rows.Add((option, setting));
        Command.Options.Add(option);
        return this;
    }

    /// <summary>Reads the settings from everywhere.</summary>
    /// <exception cref="SettingsException">They cannot be used.</exception>
    public SettingValues Read(ParseResult arguments, ICollection<string> warnings)
    {
        var options = new List<(string, string)>();
        foreach (string assignment in arguments.GetValue(_set) ?? [])
        {
            int equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new SettingsException($"--set {assignment}: write key=value, for example --set tracing.quiet_after=2s");
            }

            options.Add((assignment[..equals], assignment[(equals + 1)..]));
        }

        foreach ((Option<string> option, Setting setting) in _rows)
        {
            if (arguments.GetValue(option) is { } text)
            {
                options.Add((setting.Key, text));
            }
        }

        return new SettingsSources
        {
            Environment = SettingsSources.ProcessEnvironment,
            File = arguments.GetValue(_file),
            Options = options,
        }.Read(warnings);
    }

    /// <summary>Looks an environment variable up.</summary>
    public static string? Environment(string name) => SettingsSources.ProcessEnvironment.GetValueOrDefault(name);
}
