using System.Text;

namespace Sonde.Agent.Configuration;

/// <summary>The documentation of all settings, made of their rows.</summary>
internal static class SettingsDocument
{
    private const string Introduction = """
        # Settings

        Made by `sonde settings --markdown`; do not edit.

        Sonde needs no settings. Those that you give stand in a YAML file (`--config FILE`, else `SONDE_CONFIG`, else
        `/etc/sonde/sonde.yaml` if it exists); an environment variable wins over the file, the command line (`--set key=value`)
        over both. An empty variable is an unset one. `sonde settings` shows what is in force and where it comes from.

        Sizes have a unit (`8MiB`, `4KiB`, or bytes), durations too (`20ms`, `1.5s`, `5m`). A list is a YAML list, or one text with commas.
        In globs `*` stands for any characters and `?` for one.

        ```yaml
        tracing:
          protocols: [http]
          routes:
            patterns: ["/users/{id}"]
        processes:
          exclude:
            executables: [/usr/sbin/haproxy]
            ports: [9100, 8000-8099]
        ```

        """;

    /// <summary>Writes Markdown.</summary>
    public static string Write()
    {
        var text = new StringBuilder(Introduction);
        foreach (IGrouping<string, Setting> section in SettingCatalog.All.GroupBy(setting => setting.Key[..setting.Key.IndexOf('.', StringComparison.Ordinal)]))
        {
            text.Append($"\n## {section.Key}\n\n| key and variable | default | must be | |\n|---|---|---|---|\n");
            foreach (Setting setting in section)
            {
                string standard = setting.DefaultText.Length == 0 ? "" : $"`{setting.DefaultText}`";
                text.Append($"| `{setting.Key}`<br>`{setting.Variable}` | {standard} | {setting.Allowed} | {setting.Description} |\n");
            }
        }

        text.Append("\n## OpenTelemetry's own\n\nThey mean what OpenTelemetry's specification says, and are read from the environment only.\n\n");
        text.Append("| variable | default | |\n|---|---|---|\n");
        foreach (OpenTelemetryVariable variable in OpenTelemetryVariables.All)
        {
            string standard = variable.Default.Length == 0 ? "" : $"`{variable.Default}`";
            text.Append($"| `{variable.Name}` | {standard} | {variable.Description} |\n");
        }

        return text.ToString();
    }
}
