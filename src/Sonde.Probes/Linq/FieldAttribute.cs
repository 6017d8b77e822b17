namespace Sonde.Probes.Linq;

/// <summary>
/// Which field of the event a property is: a member of <c>args</c>, also one that is reached through others
/// (<c>sk->__sk_common.skc_num</c>). A property without attribute is the field of its own name in lower case, <c>old_pid</c> for <c>OldPid</c>.
/// </summary>
/// <param name="path">As the probe language writes it behind <c>args.</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FieldAttribute(string path) : Attribute
{
    public string Path { get; } = path;

    /// <summary>The bytes are in network order; the property is in the machine's.</summary>
    public bool IsNetworkOrder { get; init; }
}

/// <summary>What a property is, in the probe language: <c>[Value("retval")]</c>, <c>[Value("str(arg0)")]</c>.</summary>
/// <param name="expression">An expression of the probe language.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValueAttribute(string expression) : Attribute
{
    public string Expression { get; } = expression;
}

/// <summary>A property that is no part of the event: its own getter computes it, and queries cannot use it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotInEventAttribute : Attribute;
