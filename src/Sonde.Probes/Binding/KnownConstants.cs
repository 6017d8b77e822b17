using System.Runtime.InteropServices;

namespace Sonde.Probes.Binding;

/// <summary>
/// Macros of the kernel's and libc's headers that programs use. BTF knows enumerations, not macros. Values: Linux's uapi headers
/// (socket.h, fcntl.h, sched.h, mman.h, stat.h, errno-base.h, signal.h) and include/linux/sched.h.
/// </summary>
internal static class KnownConstants
{
    private static readonly bool _isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static readonly Dictionary<string, long> _constants = new()
    {
        ["NULL"] = 0, ["true"] = 1, ["false"] = 0,
        ["CHAR_BIT"] = 8, ["INT_MAX"] = int.MaxValue, ["INT_MIN"] = int.MinValue, ["UINT_MAX"] = uint.MaxValue, ["LONG_MAX"] = long.MaxValue,
        ["NSEC_PER_SEC"] = 1_000_000_000, ["NSEC_PER_MSEC"] = 1_000_000, ["NSEC_PER_USEC"] = 1_000, ["USEC_PER_SEC"] = 1_000_000, ["MSEC_PER_SEC"] = 1_000,

        ["AF_UNSPEC"] = 0, ["AF_UNIX"] = 1, ["AF_LOCAL"] = 1, ["AF_INET"] = 2, ["AF_INET6"] = 10, ["AF_NETLINK"] = 16, ["AF_PACKET"] = 17,
        ["AF_VSOCK"] = 40, ["AF_XDP"] = 44,
        ["SOCK_STREAM"] = 1, ["SOCK_DGRAM"] = 2, ["SOCK_RAW"] = 3, ["SOCK_SEQPACKET"] = 5, ["SOCK_NONBLOCK"] = 0x800, ["SOCK_CLOEXEC"] = 0x80000,
        ["MSG_PEEK"] = 2, ["MSG_DONTWAIT"] = 0x40, ["MSG_NOSIGNAL"] = 0x4000,

        ["TASK_RUNNING"] = 0, ["TASK_INTERRUPTIBLE"] = 1, ["TASK_UNINTERRUPTIBLE"] = 2, ["TASK_STOPPED"] = 4, ["TASK_TRACED"] = 8,
        ["EXIT_DEAD"] = 16, ["EXIT_ZOMBIE"] = 32, ["TASK_PARKED"] = 64, ["TASK_DEAD"] = 128, ["TASK_WAKEKILL"] = 256, ["TASK_WAKING"] = 512,
        ["TASK_NOLOAD"] = 1024, ["TASK_NEW"] = 2048, ["TASK_COMM_LEN"] = 16, ["PF_EXITING"] = 4, ["PF_KTHREAD"] = 0x200000,

        ["O_RDONLY"] = 0, ["O_WRONLY"] = 1, ["O_RDWR"] = 2, ["O_ACCMODE"] = 3, ["O_CREAT"] = 0x40, ["O_EXCL"] = 0x80, ["O_NOCTTY"] = 0x100,
        ["O_TRUNC"] = 0x200, ["O_APPEND"] = 0x400, ["O_NONBLOCK"] = 0x800, ["O_DSYNC"] = 0x1000, ["O_CLOEXEC"] = 0x80000, ["O_SYNC"] = 0x101000,
        ["O_PATH"] = 0x200000, ["O_NOATIME"] = 0x40000,
        ["O_DIRECT"] = _isArm ? 0x10000 : 0x4000, ["O_DIRECTORY"] = _isArm ? 0x4000 : 0x10000, ["O_NOFOLLOW"] = _isArm ? 0x8000 : 0x20000,
        ["O_LARGEFILE"] = _isArm ? 0x20000 : 0x8000, ["O_TMPFILE"] = _isArm ? 0x404000 : 0x410000,
        ["AT_FDCWD"] = -100, ["SEEK_SET"] = 0, ["SEEK_CUR"] = 1, ["SEEK_END"] = 2,

        ["CLONE_VM"] = 0x100, ["CLONE_FS"] = 0x200, ["CLONE_FILES"] = 0x400, ["CLONE_SIGHAND"] = 0x800, ["CLONE_PIDFD"] = 0x1000,
        ["CLONE_PTRACE"] = 0x2000, ["CLONE_VFORK"] = 0x4000, ["CLONE_PARENT"] = 0x8000, ["CLONE_THREAD"] = 0x10000, ["CLONE_NEWNS"] = 0x20000,
        ["CLONE_SYSVSEM"] = 0x40000, ["CLONE_SETTLS"] = 0x80000, ["CLONE_PARENT_SETTID"] = 0x100000, ["CLONE_CHILD_CLEARTID"] = 0x200000,
        ["CLONE_UNTRACED"] = 0x800000, ["CLONE_CHILD_SETTID"] = 0x1000000, ["CLONE_NEWCGROUP"] = 0x2000000, ["CLONE_NEWUTS"] = 0x4000000,
        ["CLONE_NEWIPC"] = 0x8000000, ["CLONE_NEWUSER"] = 0x10000000, ["CLONE_NEWPID"] = 0x20000000, ["CLONE_NEWNET"] = 0x40000000, ["CLONE_IO"] = 0x80000000,

        ["PROT_NONE"] = 0, ["PROT_READ"] = 1, ["PROT_WRITE"] = 2, ["PROT_EXEC"] = 4, ["MAP_SHARED"] = 1, ["MAP_PRIVATE"] = 2, ["MAP_FIXED"] = 0x10,
        ["MAP_ANONYMOUS"] = 0x20, ["MAP_ANON"] = 0x20, ["VM_READ"] = 1, ["VM_WRITE"] = 2, ["VM_EXEC"] = 4, ["VM_SHARED"] = 8,
        ["S_IFMT"] = 0xf000, ["S_IFSOCK"] = 0xc000, ["S_IFLNK"] = 0xa000, ["S_IFREG"] = 0x8000, ["S_IFBLK"] = 0x6000, ["S_IFDIR"] = 0x4000,
        ["S_IFCHR"] = 0x2000, ["S_IFIFO"] = 0x1000,
        ["MINORBITS"] = 20, ["MINORMASK"] = (1 << 20) - 1, ["DNAME_INLINE_LEN"] = 40, ["IFNAMSIZ"] = 16, ["PATH_MAX"] = 4096,

        ["EPERM"] = 1, ["ENOENT"] = 2, ["ESRCH"] = 3, ["EINTR"] = 4, ["EIO"] = 5, ["ENXIO"] = 6, ["E2BIG"] = 7, ["EBADF"] = 9, ["ECHILD"] = 10,
        ["EAGAIN"] = 11, ["EWOULDBLOCK"] = 11, ["ENOMEM"] = 12, ["EACCES"] = 13, ["EFAULT"] = 14, ["EBUSY"] = 16, ["EEXIST"] = 17, ["ENODEV"] = 19,
        ["ENOTDIR"] = 20, ["EISDIR"] = 21, ["EINVAL"] = 22, ["ENFILE"] = 23, ["EMFILE"] = 24, ["ENOSPC"] = 28, ["ESPIPE"] = 29, ["EROFS"] = 30,
        ["EPIPE"] = 32, ["ENOSYS"] = 38, ["EADDRINUSE"] = 98, ["ECONNABORTED"] = 103, ["ECONNRESET"] = 104, ["ETIMEDOUT"] = 110,
        ["ECONNREFUSED"] = 111, ["EHOSTUNREACH"] = 113, ["EALREADY"] = 114, ["EINPROGRESS"] = 115,

        ["SIGHUP"] = 1, ["SIGINT"] = 2, ["SIGQUIT"] = 3, ["SIGILL"] = 4, ["SIGTRAP"] = 5, ["SIGABRT"] = 6, ["SIGBUS"] = 7, ["SIGFPE"] = 8,
        ["SIGKILL"] = 9, ["SIGUSR1"] = 10, ["SIGSEGV"] = 11, ["SIGUSR2"] = 12, ["SIGPIPE"] = 13, ["SIGALRM"] = 14, ["SIGTERM"] = 15,
        ["SIGCHLD"] = 17, ["SIGCONT"] = 18, ["SIGSTOP"] = 19, ["SIGTSTP"] = 20, ["SIGTTIN"] = 21, ["SIGTTOU"] = 22, ["SIGURG"] = 23,
        ["SIGXCPU"] = 24, ["SIGXFSZ"] = 25, ["SIGVTALRM"] = 26, ["SIGPROF"] = 27, ["SIGWINCH"] = 28, ["SIGIO"] = 29, ["SIGPWR"] = 30, ["SIGSYS"] = 31,
    };

    public static IEnumerable<string> Names => _constants.Keys;

    public static bool TryFind(string name, out long value) => _constants.TryGetValue(name, out value);
}
