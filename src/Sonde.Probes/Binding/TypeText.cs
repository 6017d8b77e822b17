using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>Types for messages.</summary>
internal static class TypeText
{
    public static string Of(ProbeType type) => type switch
    {
        IntegerType integer => $"{(integer.IsSigned ? "" : "u")}int{integer.Width * 8}",
        PointerType pointer => $"{Of(pointer.Target)} *".Replace("* *", "**", StringComparison.Ordinal),
        StringType text => $"string[{text.Capacity}]",
        BufferType buffer => $"buffer[{buffer.Capacity}]",
        TupleType tuple => $"({string.Join(", ", tuple.Items.Select(Of))})",
        PlaceType place => Of(place.Target),
        VoidType => "nothing",
        RenderedType rendered => rendered.Rendering switch
        {
            Rendering.KernelSymbol => "ksym",
            Rendering.UserSymbol => "usym",
            Rendering.KernelStack => "kstack",
            Rendering.UserStack => "ustack",
            Rendering.InternetAddress => "inet",
            Rendering.MacAddress => "macaddr",
            Rendering.UserName => "username",
            Rendering.Time => "time",
            _ => "probe",
        },
        _ => "unknown",
    };

    public static string Of(TargetType type) => type switch
    {
        TargetInteger { IsCharacter: true } => "char",
        TargetInteger integer => $"{(integer.IsSigned ? "" : "u")}int{integer.Width * 8}",
        TargetPointer pointer => $"{Of(pointer.Target())} *",
        TargetArray array => $"{Of(array.Element)}[{array.Length}]",
        TargetStructure { Name: "" } => "struct",
        TargetStructure structure => structure.Name.Contains(' ', StringComparison.Ordinal) ? structure.Name : $"struct {structure.Name}",
        _ => "void",
    };
}
