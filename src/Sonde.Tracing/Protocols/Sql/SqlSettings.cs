namespace Sonde.Tracing.Protocols.Sql;

/// <summary>What can be set about SQL.</summary>
public sealed class SqlSettings
{
    /// <summary>
    /// Whether the values in a statement are replaced by <c>?</c>. Where they are not, those of a statement that sets or uses a
    /// password still are.
    /// </summary>
    public bool RedactLiterals { get; init; } = true;
}
