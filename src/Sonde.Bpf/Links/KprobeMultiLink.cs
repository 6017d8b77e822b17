using System.Text;
using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>
/// Many kernel functions at once, through ftrace (5.18+): programs of type <see cref="BpfProgramType.Kprobe"/> that were loaded for
/// <see cref="BpfAttachType.KprobeMulti"/>.
/// </summary>
public static unsafe class KprobeMultiLink
{
    private const ulong ReturnFlag = 1;

    /// <param name="program">The program.</param>
    /// <param name="functions">The kernel's symbols; all or none are attached.</param>
    /// <param name="isReturn">Where they return.</param>
    /// <exception cref="BpfException">The kernel refused, one of them has no entry in ftrace, or <c>CONFIG_FPROBE</c> is missing.</exception>
    public static BpfLink Attach(BpfProgram program, IReadOnlyList<string> functions, bool isReturn = false)
    {
        byte[] names = Encoding.UTF8.GetBytes(string.Concat(functions.Select(each => each + '\0')));
        ulong[] pointers = new ulong[functions.Count];
        fixed (byte* name = names)
        fixed (ulong* symbols = pointers)
        {
            byte* next = name;
            for (int i = 0; i < pointers.Length; i++)
            {
                pointers[i] = (ulong)next;
                next += Encoding.UTF8.GetByteCount(functions[i]) + 1;
            }

            ulong[] rest = [(isReturn ? ReturnFlag : 0) | (ulong)functions.Count << 32, (ulong)symbols, 0, 0];
            return Attachment.Checked(
                BpfCall.CreateLink(program.Fd, 0, BpfAttachType.KprobeMulti, rest), program, functions.Count == 1 ? functions[0] : $"{functions.Count} functions");
        }
    }
}
