using System.Globalization;
using System.Text;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>A unit as text: its maps, and each program's instructions under the lines of the source that they were made for.</summary>
public static class Listing
{
    public static string Of(CompiledUnit unit)
    {
        StringBuilder text = new();
        foreach (MapLayout map in unit.Maps)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"map {map.Name}: {map.Type}, key {map.KeySize} B, value {map.ValueSize} B, at most {map.MaxEntries}\n");
        }

        foreach (CompiledProgram program in unit.Programs)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"\n{string.Join(", ", program.Source.Targets.Select(target => target.Name))} ({program.Kind})\n");
            Append(text, unit, program);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, CompiledUnit unit, CompiledProgram program)
    {
        Dictionary<int, Relocation> relocations = program.Relocations.ToDictionary(each => each.Instruction);
        string line = "";
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            BpfInstruction instruction = program.Instructions[i];
            string source = LineOf(unit.Source.Text, program.Spans[i]);
            if (source.Length > 0 && source != line)
            {
                _ = text.Append(CultureInfo.InvariantCulture, $"; {source}\n");
                line = source;
            }

            string? wide = relocations.TryGetValue(i, out Relocation relocation) ? NameOf(unit, relocation) : null;
            BpfInstruction next = instruction.IsWide ? program.Instructions[i + 1] : default;
            _ = text.Append(CultureInfo.InvariantCulture, $"{i,4}: {Disassembler.Describe(instruction, next, wide)}\n");
            i += instruction.IsWide ? 1 : 0;
        }
    }

    private static string NameOf(CompiledUnit unit, Relocation relocation) => relocation.Kind switch
    {
        RelocationKind.Map => $"map[{unit.Maps[relocation.Map].Name}]",
        RelocationKind.MapValue => $"map[{unit.Maps[relocation.Map].Name}][0]+{relocation.Offset}",
        _ => "start time",
    };

    /// <summary>The line in which the text begins.</summary>
    private static string LineOf(string text, SourceSpan span)
    {
        if (span.Length == 0 || span.End > text.Length)
        {
            return "";
        }

        int start = text.LastIndexOf('\n', Math.Max(0, span.Start - 1)) + 1;
        int end = text.IndexOf('\n', span.Start);
        return text[Math.Min(start, span.Start)..(end < 0 ? text.Length : end)].Trim();
    }
}
