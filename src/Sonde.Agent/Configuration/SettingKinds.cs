using System.Globalization;

namespace Sonde.Agent.Configuration;

/// <summary>The kinds of settings: how a value is read, written and checked.</summary>
internal static class SettingKinds
{
    public static Setting<bool> Switch(string key, bool standard, string description) => new()
    {
        Key = key,
        Variable = Setting.VariableOf(key),
        Description = description,
        Allowed = "true or false",
        Default = standard,
        Read = (text, out value) => bool.TryParse(Only(text), out value),
        Write = value => value ? "true" : "false",
    };

    public static Setting<int> Count(string key, int standard, int least, int most, string description) => new()
    {
        Key = key,
        Variable = Setting.VariableOf(key),
        Description = description,
        Allowed = string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        Default = standard,
        Read = (text, out value) =>
            int.TryParse(Only(text), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most,
        Write = value => value.ToString(CultureInfo.InvariantCulture),
    };

    public static Setting<double> Percent(string key, string variable, double standard, string description) => new()
    {
        Key = key,
        Variable = variable,
        Description = description,
        Allowed = "a number from 0 to 100",
        Default = standard,
        Read = (text, out value) =>
            double.TryParse(Only(text).TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value <= 100,
        Write = value => value.ToString(CultureInfo.InvariantCulture),
    };

    public static Setting<int> Size(string key, int standard, int least, int most, string description, bool powerOfTwo = false) => new()
    {
        Key = key,
        Variable = Setting.VariableOf(key),
        Description = description,
        Allowed = $"a size from {Quantities.FormatSize(least)} to {Quantities.FormatSize(most)}{(powerOfTwo ? " that is a power of two" : "")}",
        Default = standard,
        Read = (text, out value) => Quantities.TryParseSize(Only(text), out value) && value >= least && value <= most
            && (!powerOfTwo || int.IsPow2(value)),
        Write = Quantities.FormatSize,
    };

    public static Setting<TimeSpan> Time(string key, TimeSpan standard, TimeSpan least, TimeSpan most, string description) => new()
    {
        Key = key,
        Variable = Setting.VariableOf(key),
        Description = description,
        Allowed = $"a duration from {Quantities.FormatTime(least)} to {Quantities.FormatTime(most)}",
        Default = standard,
        Read = (text, out value) => Quantities.TryParseTime(Only(text), out value) && value >= least && value <= most,
        Write = Quantities.FormatTime,
    };

    public static Setting<T> Choice<T>(string key, T standard, string description)
        where T : struct, Enum => new()
        {
            Key = key,
            Variable = Setting.VariableOf(key),
            Description = description,
            Allowed = "one of " + string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant(),
            Default = standard,
            Read = (text, out value) => Enum.TryParse(Only(text), ignoreCase: true, out value) && Enum.IsDefined(value)
                && !char.IsAsciiDigit(Only(text)[0]),
            Write = value => value.ToString().ToLowerInvariant(),
        };

    /// <summary>A text that may be empty.</summary>
    public static Setting<string> Text(string key, string description, string allowed = "a glob") => new()
    {
        Key = key,
        Variable = Setting.VariableOf(key),
        Description = description,
        Allowed = allowed,
        Default = "",
        Read = (text, out value) => (value = text.IsSequence ? null! : text.Items[0]) is not null,
        Write = value => value,
    };

    /// <summary>A list, whose default is empty unless given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="allowed">What an item may be, in the plural.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="isItem">Whether a text is an item; any is when null.</param>
    /// <param name="variable">The environment variable, when it is not the key's own.</param>
    /// <param name="standard">The default.</param>
    public static Setting<IReadOnlyList<string>> List(
        string key,
        string allowed,
        string description,
        Func<string, bool>? isItem = null,
        string? variable = null,
        params IReadOnlyList<string> standard) => new()
        {
            Key = key,
            Variable = variable ?? Setting.VariableOf(key),
            Description = description,
            Allowed = $"a list of {allowed}",
            Default = standard,
            Read = (text, out value) => (value = [.. text.Split()]).All(item => isItem is null || isItem(item)),
            Write = value => string.Join(",", value),
        };

    /// <summary>The text of what may not be a list; a list becomes what no scalar setting accepts.</summary>
    private static string Only(SettingText text) => text.IsSequence ? "" : text.Items[0].Trim();
}
