namespace Sonde.Tracing.Protocols.Sql;

/// <summary>Whose SQL it is: the databases disagree about what is a string, a name and a comment.</summary>
internal enum SqlDialect : byte
{
    PostgreSql,
    MySql,
    SqlServer,
}
