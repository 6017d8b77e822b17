namespace Sonde.Bpf.Instructions;

/// <summary>
/// The registers: results are in r0, arguments in r1 to r5, which a call destroys, r6 to r9 outlive calls, r10 is the end of the
/// stack's 512 bytes.
/// </summary>
public enum BpfRegister : byte
{
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10,
}

/// <summary>Classes of instructions.</summary>
public enum BpfClass : byte
{
    Load = 0,
    LoadRegister = 1,
    Store = 2,
    StoreRegister = 3,
    Alu = 4,
    Jump = 5,
    Jump32 = 6,
    Alu64 = 7,
}

/// <summary>Arithmetic. Division and remainder are unsigned.</summary>
public enum BpfAlu : byte
{
    Add = 0x00,
    Subtract = 0x10,
    Multiply = 0x20,
    Divide = 0x30,
    Or = 0x40,
    And = 0x50,
    ShiftLeft = 0x60,
    ShiftRight = 0x70,
    Negate = 0x80,
    Remainder = 0x90,
    Xor = 0xa0,
    Move = 0xb0,
    ShiftRightSigned = 0xc0,
    Endian = 0xd0,
}

/// <summary>Jumps, and what they compare by.</summary>
public enum BpfJump : byte
{
    Always = 0x00,
    Equal = 0x10,
    Greater = 0x20,
    GreaterOrEqual = 0x30,
    AnyBit = 0x40,
    NotEqual = 0x50,
    SignedGreater = 0x60,
    SignedGreaterOrEqual = 0x70,
    Call = 0x80,
    Exit = 0x90,
    Less = 0xa0,
    LessOrEqual = 0xb0,
    SignedLess = 0xc0,
    SignedLessOrEqual = 0xd0,
}

/// <summary>How much is loaded or stored.</summary>
public enum BpfWidth : byte
{
    Four = 0x00,
    Two = 0x08,
    One = 0x10,
    Eight = 0x18,
}

/// <summary>Helpers by number (linux/bpf.h, <c>__BPF_FUNC_MAPPER</c>), as far as they are called here.</summary>
public enum BpfHelper
{
    MapLookup = 1,
    MapUpdate = 2,
    MapDelete = 3,
    Nanoseconds = 5,
    Random = 7,
    Processor = 8,
    ProcessAndThread = 14,
    UserAndGroup = 15,
    CommandName = 16,
    StackId = 27,
    CurrentTask = 35,
    CgroupId = 80,
    SpinLock = 93,
    SpinUnlock = 94,
    SocketStorageGet = 107,
    ReadUser = 112,
    ReadKernel = 113,
    ReadUserString = 114,
    ReadKernelString = 115,
    BootNanoseconds = 125,
    RingReserve = 131,
    RingSubmit = 132,
    RingDiscard = 133,
    TaskStorageGet = 156,
    TaskStorageDelete = 157,
    CurrentTaskBtf = 158,
    FunctionAddress = 173,
    TaskRegisters = 175,
}
