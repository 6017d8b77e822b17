using System.Text;
using Sonde.Probes.Model;

namespace Sonde.Probes.Linq.Translation;

/// <summary>
/// A query as text, for messages and listings: a line for each record's attach point, then one for each of its fields, which ends with
/// a semicolon.
/// </summary>
internal sealed class QueryText
{
    private readonly Dictionary<EventRecord, SourceSpan> _records = [];
    private readonly Dictionary<EventField, SourceSpan> _fields = [];

    public QueryText(IEnumerable<EventRecord> records)
    {
        StringBuilder text = new();
        foreach (EventRecord record in records.Distinct())
        {
            string name = $"{record.AttachPoint!.Provider}:{string.Join(':', record.AttachPoint.Parts)}";
            _records.Add(record, new(text.Length, name.Length));
            text.Append(name).Append('\n');
            foreach (EventField field in record.Fields)
            {
                text.Append("  ").Append(field.Property.Name).Append(" = ");
                _fields.Add(field, new(text.Length, field.Source.Length));
                text.Append(field.Source).Append(";\n");
            }
        }

        Text = text.ToString();
    }

    public string Text { get; }

    public SourceSpan SpanOf(EventRecord record) => _records[record];

    public SourceSpan SpanOf(EventField field) => _fields[field];
}
