using System.CommandLine;
using Sonde.Agent.Configuration;

namespace Sonde.Agent.Commands;

/// <summary><c>sonde settings</c>: the settings that are in force, and where each comes from.</summary>
internal static class SettingsCommand
{
    public static Command Create()
    {
        var command = new Command("settings", "Show every setting, its value and where it comes from.");
        var options = new SettingsOptions(command);
        var markdown = new Option<bool>("--markdown") { Description = "The documentation of all settings." };
        command.Options.Add(markdown);
        command.SetAction(arguments =>
        {
            TextWriter output = arguments.InvocationConfiguration.Output;
            if (arguments.GetValue(markdown))
            {
                output.Write(SettingsDocument.Write());
                return ExitStatus.Good;
            }

            var warnings = new List<string>();
            SettingValues values = options.Read(arguments, warnings);
            SettingsComposition.Compose(values, SettingsOptions.Environment, warnings);
            Notice.Warn(warnings);
            Write(values, output);
            return ExitStatus.Good;
        });
        return command;
    }

    private static void Write(SettingValues values, TextWriter output)
    {
        int keys = SettingCatalog.All.Max(setting => setting.Key.Length);
        int texts = SettingCatalog.All.Max(setting => values.Describe(setting).Text.Length);
        foreach (Setting setting in SettingCatalog.All)
        {
            (string text, string origin) = values.Describe(setting);
            output.WriteLine($"{setting.Key.PadRight(keys)}  {text.PadRight(texts)}  {origin}");
        }

        foreach (OpenTelemetryVariable variable in OpenTelemetryVariables.All)
        {
            if (SettingsOptions.Environment(variable.Name) is { Length: > 0 } text)
            {
                output.WriteLine($"{variable.Name.PadRight(keys)}  {(variable.IsSecret ? "(not shown)" : text).PadRight(texts)}  environment");
            }
        }
    }
}
