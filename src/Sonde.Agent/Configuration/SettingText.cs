namespace Sonde.Agent.Configuration;

/// <summary>A setting's value as it was written: one text, or the items of a YAML sequence.</summary>
/// <param name="Items">One text when <paramref name="IsSequence"/> is false.</param>
/// <param name="IsSequence">Whether it was written as a YAML sequence.</param>
internal readonly record struct SettingText(IReadOnlyList<string> Items, bool IsSequence)
{
    /// <summary>One text, from a YAML scalar, the environment or the command line.</summary>
    public static SettingText Scalar(string text) => new([text], IsSequence: false);

    /// <summary>The items of a list; a single text is one with commas between the items.</summary>
    public IEnumerable<string> Split() => IsSequence
        ? Items
        : Items[0].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public override string ToString() => IsSequence ? $"[{string.Join(", ", Items)}]" : Items[0];
}
