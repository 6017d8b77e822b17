using System.Globalization;
using System.Text.RegularExpressions;

namespace Sonde.Bpf.Tracing;

/// <summary>A member of a tracepoint's record.</summary>
/// <param name="Declaration">As C has it, with the name: <c>__u8 saddr[28]</c>, <c>__data_loc char[] filename</c>.</param>
/// <param name="Name">The name.</param>
/// <param name="Type">The declaration without name, array and location: <c>__u8</c>, <c>const char *</c>.</param>
/// <param name="IsArray">True for what has brackets.</param>
/// <param name="Location">How the member says where its bytes are.</param>
/// <param name="Offset">Bytes from the record's start.</param>
/// <param name="Size">Bytes, of an array as a whole; of a location 4.</param>
/// <param name="IsSigned">As the kernel says; system calls' integers are told as unsigned.</param>
public sealed record TracepointField(
    string Declaration, string Name, string Type, bool IsArray, FieldLocation Location, int Offset, int Size, bool IsSigned);

/// <summary>Where a field's bytes are.</summary>
public enum FieldLocation
{
    Here,

    /// <summary><c>__data_loc</c>: length and offset from the record's start, 16 bits each.</summary>
    FromRecord,

    /// <summary><c>__rel_loc</c>: the offset counts from the end of the field.</summary>
    FromField,
}

/// <summary>A tracepoint's record, as its <c>format</c> file describes it (Documentation/trace/events.rst).</summary>
/// <param name="Id">What <c>perf_event_open</c> takes.</param>
/// <param name="Fields">Without those that all records have (<c>common_…</c>): programs cannot read them.</param>
public sealed partial record TracepointFormat(int Id, IReadOnlyList<TracepointField> Fields)
{
    /// <exception cref="InvalidDataException">The text is no format.</exception>
    public static TracepointFormat Parse(string text)
    {
        int id = -1;
        List<TracepointField> fields = [];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("ID: "))
            {
                id = int.Parse(line[4..], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("print fmt:"))
            {
                break;
            }
            else if (line.TrimStart().StartsWith("field:"))
            {
                TracepointField field = ParseField(line.Trim().ToString());
                if (!field.Name.StartsWith("common_", StringComparison.Ordinal))
                {
                    fields.Add(field);
                }
            }
        }

        return id < 0 ? throw new InvalidDataException("A tracepoint's format has no line with its ID.") : new(id, fields);
    }

    private static TracepointField ParseField(string line)
    {
        // field:unsigned long args[6];	offset:16;	size:48;	signed:0;
        Match parts = Line.Match(line);
        Match declaration = parts.Success ? Declared.Match(parts.Groups["declaration"].Value) : parts;
        if (!declaration.Success)
        {
            throw new InvalidDataException($"A tracepoint's field is not understood: {line}");
        }

        FieldLocation location = declaration.Groups["location"].Value switch
        {
            "__data_loc" => FieldLocation.FromRecord,
            "__rel_loc" => FieldLocation.FromField,
            _ => FieldLocation.Here,
        };
        return new(
            parts.Groups["declaration"].Value,
            declaration.Groups["name"].Value,
            declaration.Groups["type"].Value.Trim(),
            declaration.Groups["array"].Success || declaration.Groups["dynamic"].Success,
            location,
            int.Parse(parts.Groups["offset"].ValueSpan, CultureInfo.InvariantCulture),
            int.Parse(parts.Groups["size"].ValueSpan, CultureInfo.InvariantCulture),
            parts.Groups["signed"].Value == "1");
    }

    [GeneratedRegex(@"^field:(?<declaration>[^;]*);\s*offset:(?<offset>\d+);\s*size:(?<size>\d+);(\s*signed:(?<signed>\d+);)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Line { get; }

    [GeneratedRegex(@"^((?<location>__data_loc|__rel_loc)\s+)?(?<type>.*?)(?<dynamic>\[\])?\s*(?<name>[A-Za-z_]\w*)(?<array>\[.*\])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Declared { get; }
}
