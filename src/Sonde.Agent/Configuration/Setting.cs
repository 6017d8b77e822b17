using System.Diagnostics.CodeAnalysis;

namespace Sonde.Agent.Configuration;

/// <summary>One setting of Sonde: everything that is known of it stands in its row of <see cref="SettingCatalog"/>.</summary>
internal abstract class Setting
{
    /// <summary>Its place in the file, the parts separated by dots.</summary>
    public required string Key { get; init; }

    /// <summary>The environment variable that overrides the file.</summary>
    public required string Variable { get; init; }

    /// <summary>One sentence.</summary>
    public required string Description { get; init; }

    /// <summary>What may stand there, to follow "must be".</summary>
    public required string Allowed { get; init; }

    /// <summary>The default as one would write it.</summary>
    public abstract string DefaultText { get; }

    /// <summary>The default.</summary>
    public abstract object DefaultValue { get; }

    /// <summary>Reads a value; false when it is not what <see cref="Allowed"/> says.</summary>
    public abstract bool TryRead(SettingText text, [NotNullWhen(true)] out object? value);

    /// <summary>Writes a value as one would write it in the environment.</summary>
    public abstract string Format(object value);

    /// <summary>The environment variable of a key that has none of OpenTelemetry's.</summary>
    public static string VariableOf(string key) => "SONDE_" + key.Replace('.', '_').ToUpperInvariant();
}

/// <summary>A setting whose values are of one type.</summary>
internal sealed class Setting<T> : Setting
    where T : notnull
{
    /// <summary>Reads a value; false when it is not allowed, the value then means nothing.</summary>
    public delegate bool Reader(SettingText text, out T value);

    public required T Default { get; init; }

    public required Reader Read { get; init; }

    public required Func<T, string> Write { get; init; }

    public override string DefaultText => Write(Default);

    public override object DefaultValue => Default;

    public override bool TryRead(SettingText text, [NotNullWhen(true)] out object? value)
    {
        bool good = Read(text, out T read);
        value = good ? read : null;
        return good;
    }

    public override string Format(object value) => Write((T)value);
}
