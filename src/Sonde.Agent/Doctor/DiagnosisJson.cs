using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sonde.Agent.Doctor;

/// <summary>A diagnosis as one JSON object, for scripts.</summary>
internal static class DiagnosisJson
{
    public static string Write(Diagnosis diagnosis)
    {
        ArrayBufferWriter<byte> buffer = new();
        // Nothing of this goes into HTML, so quotes and arrows need no escapes.
        using (Utf8JsonWriter writer = new(buffer, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("kernel", diagnosis.Release);
            writer.WriteBoolean("canRun", diagnosis.CanRun);
            writer.WriteString("sentence", diagnosis.Sentence);
            writer.WriteStartArray("rows");
            foreach (DiagnosisRow row in diagnosis.Rows)
            {
                writer.WriteStartObject();
                writer.WriteString("group", row.Group);
                writer.WriteString("name", row.Name);
                writer.WriteString("condition", row.Condition.ToString().ToLowerInvariant());
                writer.WriteString("found", row.Found);
                writer.WriteString("meaning", row.Meaning);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + '\n';
    }
}
