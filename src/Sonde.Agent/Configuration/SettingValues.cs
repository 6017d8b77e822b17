namespace Sonde.Agent.Configuration;

/// <summary>The value of every setting, and where it comes from.</summary>
internal sealed class SettingValues
{
    private readonly Dictionary<Setting, (object Value, string Origin)> _values = [];

    /// <summary>The value, or the default.</summary>
    public T Get<T>(Setting<T> setting)
        where T : notnull => _values.TryGetValue(setting, out (object Value, string Origin) entry) ? (T)entry.Value : setting.Default;

    /// <summary>Whether somebody gave a value.</summary>
    public bool IsSet(Setting setting) => _values.ContainsKey(setting);

    /// <summary>The value as one would write it, and its origin: <c>default</c> when nobody gave one.</summary>
    public (string Text, string Origin) Describe(Setting setting) => _values.TryGetValue(setting, out (object Value, string Origin) entry)
        ? (setting.Format(entry.Value), entry.Origin)
        : (setting.DefaultText, "default");

    /// <summary>Sets a value, over one from an origin of less weight.</summary>
    /// <param name="setting">The row.</param>
    /// <param name="text">As it was written.</param>
    /// <param name="origin">Where it was written, for messages.</param>
    /// <exception cref="SettingsException">The value is not allowed.</exception>
    public void Set(Setting setting, SettingText text, string origin)
    {
        if (!setting.TryRead(text, out object? value))
        {
            throw new SettingsException($"{origin}: {setting.Key} must be {setting.Allowed}, not '{text}'");
        }

        _values[setting] = (value, origin);
    }
}
