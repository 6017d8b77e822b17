namespace Sonde.Bpf.Links;

/// <summary>What all hooks do with the kernel's answer.</summary>
internal static class Attachment
{
    /// <param name="descriptor">Of the link, or -errno.</param>
    /// <param name="program">What was attached.</param>
    /// <param name="target">To what.</param>
    internal static BpfLink Checked(int descriptor, BpfProgram program, string target) =>
        descriptor >= 0 ? new(descriptor) : throw Refused(-descriptor, program, target);

    internal static BpfException Refused(int error, BpfProgram program, string target) =>
        BpfException.From($"Program '{program.Name}' could not be attached to '{target}'", error);
}
