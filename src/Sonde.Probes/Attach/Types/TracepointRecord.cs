using Sonde.Bpf.Tracing;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Types;

/// <summary>A tracepoint's record as a structure: sizes and places from its format, names of types from the kernel.</summary>
internal static class TracepointRecord
{
    internal static RecordStructure Of(string name, TracepointFormat format, IKernelTypes types) =>
        new(name, [.. format.Fields.Select(field => MemberOf(field, types))]);

    private static TargetMember MemberOf(TracepointField field, IKernelTypes types)
    {
        bool isLocation = field.Location != FieldLocation.Here;
        return new(field.Name, TypeOf(field, types), field.Offset * 8, 0)
        {
            IsDataLocation = isLocation,
            IsRelative = field.Location == FieldLocation.FromField,
        };
    }

    private static TargetType TypeOf(TracepointField field, IKernelTypes types)
    {
        if (field.Type.EndsWith('*') || field.Type.EndsWith("*const", StringComparison.Ordinal))
        {
            return field.IsArray ? new TargetArray(PointerOf(field.Type, types), field.Size / 8) : PointerOf(field.Type, types);
        }

        if (field.IsArray || field.Location != FieldLocation.Here)
        {
            TargetType element = ElementOf(field.Type, types);
            return new TargetArray(element, field.Location != FieldLocation.Here || element.Size == 0 ? 0 : field.Size / element.Size);
        }

        // The name says the sign where the kernel tells every argument of a system call as unsigned.
        TargetInteger? named = IntegerNames.Find(WordsOf(field.Type));
        return field.Size is 1 or 2 or 4 or 8 && !field.Type.StartsWith("struct ", StringComparison.Ordinal) && !field.Type.StartsWith("union ", StringComparison.Ordinal)
            ? new TargetInteger(field.Size, field.IsSigned || named is { IsSigned: true }) { IsCharacter = named is { IsCharacter: true } }
            : types.Find(field.Type) is { Size: > 0 } known && known.Size == field.Size ? known
            : new TargetArray(new TargetInteger(1, false), field.Size);
    }

    private static TargetType ElementOf(string type, IKernelTypes types) =>
        IntegerNames.Find(WordsOf(type)) ?? types.Find(type) ?? new TargetInteger(1, false);

    private static TargetPointer PointerOf(string type, IKernelTypes types)
    {
        string target = type[..type.LastIndexOf('*')].TrimEnd();
        return new(() => target.EndsWith('*') || target.EndsWith("*const", StringComparison.Ordinal)
            ? PointerOf(target, types)
            : types.Find(target.Replace("__seg_gs", "", StringComparison.Ordinal)) ?? TargetVoid.Instance);
    }

    private static string[] WordsOf(string type) =>
        [.. type.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => word is not ("const" or "volatile"))];
}
