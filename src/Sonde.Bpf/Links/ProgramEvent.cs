using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>A perf event that runs a program each time: its descriptor is the attachment.</summary>
internal static class ProgramEvent
{
    /// <param name="eventFd">The event, which is closed when the program cannot be attached; or -errno.</param>
    /// <param name="program">What it is to run.</param>
    /// <param name="target">What the event is of, for messages.</param>
    internal static int Attach(int eventFd, BpfProgram program, string target)
    {
        if (eventFd < 0)
        {
            throw Attachment.Refused(-eventFd, program, target);
        }

        int result = PerfCall.Attach(eventFd, program.Fd);
        if (result >= 0)
        {
            return eventFd;
        }

        _ = Libc.close(eventFd);
        throw Attachment.Refused(-result, program, target);
    }
}
