namespace Sonde.Telemetry.Attributes;

/// <summary>The keys of database spans (OpenTelemetry semantic conventions 1.41, database).</summary>
public static class DatabaseAttributes
{
    public static readonly AttributeKey SystemName = new("db.system.name");
    public static readonly AttributeKey Namespace = new("db.namespace");
    public static readonly AttributeKey OperationName = new("db.operation.name");
    public static readonly AttributeKey OperationBatchSize = new("db.operation.batch.size");
    public static readonly AttributeKey CollectionName = new("db.collection.name");
    public static readonly AttributeKey StoredProcedureName = new("db.stored_procedure.name");
    public static readonly AttributeKey QuerySummary = new("db.query.summary");
    public static readonly AttributeKey QueryText = new("db.query.text");
    public static readonly AttributeKey ResponseStatusCode = new("db.response.status_code");
    public static readonly AttributeKey ResponseReturnedRows = new("db.response.returned_rows");
}
