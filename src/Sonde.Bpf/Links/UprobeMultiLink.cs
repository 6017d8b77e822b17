using System.Text;
using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>
/// Many places in one file at once (6.6+): programs of type <see cref="BpfProgramType.Kprobe"/> that were loaded for
/// <see cref="BpfAttachType.UprobeMulti"/>. By <c>bpf(2)</c>, since libbpf before 1.3 does not know it.
/// </summary>
public static unsafe class UprobeMultiLink
{
    private const ulong ReturnFlag = 1;

    /// <param name="program">The program.</param>
    /// <param name="path">The executable or library.</param>
    /// <param name="places">Where in it; all or none are attached.</param>
    /// <param name="isReturn">Where the functions that begin there return.</param>
    /// <param name="processId">One process, or null for all.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink Attach(BpfProgram program, string path, ReadOnlySpan<UprobePlace> places, bool isReturn = false, int? processId = null)
    {
        ulong[] offsets = new ulong[places.Length], semaphores = new ulong[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            (offsets[i], semaphores[i]) = ((ulong)places[i].Offset, (ulong)places[i].Semaphore);
        }

        fixed (byte* file = Encoding.UTF8.GetBytes(path + '\0'))
        fixed (ulong* offset = offsets, semaphore = semaphores)
        {
            bool counts = semaphores.Any(each => each != 0);
            ulong[] rest =
            [
                (ulong)file, (ulong)offset, counts ? (ulong)semaphore : 0, 0,
                (uint)places.Length | (isReturn ? ReturnFlag : 0) << 32, (uint)(processId ?? 0),
            ];
            return Attachment.Checked(BpfCall.CreateLink(program.Fd, 0, BpfAttachType.UprobeMulti, rest), program, path);
        }
    }
}
