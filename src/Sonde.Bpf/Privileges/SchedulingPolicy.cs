using Sonde.Bpf.Native;

namespace Sonde.Bpf.Privileges;

/// <summary>How the kernel's scheduler treats a thread (sched(7)).</summary>
public enum SchedulingPolicy
{
    /// <summary><c>SCHED_OTHER</c>: as everybody.</summary>
    Normal = 0,

    /// <summary><c>SCHED_IDLE</c>: where a processor has nothing else to do, and gone as soon as it has.</summary>
    Idle = 5,
}

/// <summary>Threads of this process, as the scheduler knows them.</summary>
public static unsafe class SchedulingPolicies
{
    /// <summary>Whether a thread may also come back from <see cref="SchedulingPolicy.Idle"/>, which takes <c>CAP_SYS_NICE</c> (sched(7)).</summary>
    public static bool AreFree => ProcessCapabilities.Effective.Contains(Capability.SysNice);

    /// <summary>The calling thread's number, as <see cref="TrySet"/> wants it.</summary>
    public static int CurrentThread => Libc.gettid();

    /// <summary>Gives a thread of this process a policy; false when the kernel refused.</summary>
    public static bool TrySet(int thread, SchedulingPolicy policy)
    {
        // struct sched_param: these policies have no priorities.
        int priority = 0;
        return Libc.sched_setscheduler(thread, (int)policy, &priority) == 0;
    }
}
