namespace Sonde.Tracing.Protocols.Sql;

/// <summary>A statement as spans show it, read once and shared by all that execute it. UTF-8; what is not known is empty.</summary>
internal sealed class SqlStatement
{
    /// <summary>A statement of which nothing can be told: it was prepared before Sonde joined, or makes no sense.</summary>
    public static SqlStatement Unknown { get; } = new();

    /// <summary><c>db.query.text</c>.</summary>
    public byte[] Text { get; init; } = [];

    /// <summary><c>db.query.summary</c>: operations and targets, as they were written.</summary>
    public byte[] Summary { get; init; } = [];

    /// <summary><c>db.operation.name</c>, of a statement with one operation.</summary>
    public byte[] Operation { get; init; } = [];

    /// <summary><c>db.collection.name</c>, of a statement with one operation on one table.</summary>
    public byte[] Collection { get; init; } = [];

    /// <summary><c>db.stored_procedure.name</c>, of a statement that calls one and does nothing else.</summary>
    public byte[] Procedure { get; init; } = [];

    /// <summary>The database that a <c>USE</c> makes the current one, without quotes.</summary>
    public byte[] Database { get; init; } = [];
}
