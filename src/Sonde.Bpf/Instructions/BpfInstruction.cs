namespace Sonde.Bpf.Instructions;

/// <summary>
/// One BPF instruction as it lies in memory (Documentation/bpf/standardization/instruction-set.rst): code, registers, offset, immediate.
/// Loading 64 bits takes two of them.
/// </summary>
/// <param name="Encoded">The 8 bytes, little-endian.</param>
public readonly record struct BpfInstruction(ulong Encoded)
{
    private const int PseudoMap = 1, PseudoMapValue = 2;

    public BpfInstruction(byte code, BpfRegister destination = 0, BpfRegister source = 0, short offset = 0, int immediate = 0)
        : this(code | (ulong)(byte)((int)destination | (int)source << 4) << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)immediate << 32)
    {
    }

    public byte Code => (byte)Encoded;

    public BpfRegister Destination => (BpfRegister)(Encoded >> 8 & 0xf);

    public BpfRegister Source => (BpfRegister)(Encoded >> 12 & 0xf);

    /// <summary>Of memory in bytes, of jumps in instructions behind the next.</summary>
    public short Offset => (short)(Encoded >> 16);

    public int Immediate => (int)(Encoded >> 32);

    /// <summary>What kind of instruction it is: the low three bits.</summary>
    public BpfClass Class => (BpfClass)(Code & 7);

    /// <summary>True for the first of two.</summary>
    public bool IsWide => Code == WideCode;

    private const byte WideCode = (byte)BpfClass.Load | (byte)BpfWidth.Eight;

    public static BpfInstruction Exit => new(JumpCode(BpfClass.Jump, BpfJump.Exit));

    /// <summary><c>destination op= source</c>, in 64 bits.</summary>
    public static BpfInstruction Alu(BpfAlu operation, BpfRegister destination, BpfRegister source) => new(AluCode(BpfClass.Alu64, operation, RegisterSource), destination, source);

    /// <summary><c>destination op= value</c>, the value sign-extended to 64 bits.</summary>
    public static BpfInstruction Alu(BpfAlu operation, BpfRegister destination, int value) => new(AluCode(BpfClass.Alu64, operation), destination, 0, 0, value);

    /// <summary>In 32 bits; the upper half becomes 0.</summary>
    public static BpfInstruction Alu32(BpfAlu operation, BpfRegister destination, BpfRegister source) => new(AluCode(BpfClass.Alu, operation, RegisterSource), destination, source);

    /// <inheritdoc cref="Alu32(BpfAlu, BpfRegister, BpfRegister)"/>
    public static BpfInstruction Alu32(BpfAlu operation, BpfRegister destination, int value) => new(AluCode(BpfClass.Alu, operation), destination, 0, 0, value);

    /// <summary>The low bytes of a register in network order, the rest 0.</summary>
    public static BpfInstruction ToBigEndian(BpfRegister register, int bits) => new(AluCode(BpfClass.Alu, BpfAlu.Endian, RegisterSource), register, 0, 0, bits);

    /// <summary>From memory, zero-extended.</summary>
    public static BpfInstruction Load(BpfWidth width, BpfRegister destination, BpfRegister source, short offset) => new(MemoryCode(BpfClass.LoadRegister, width), destination, source, offset);

    public static BpfInstruction Store(BpfWidth width, BpfRegister destination, short offset, BpfRegister source) => new(MemoryCode(BpfClass.StoreRegister, width), destination, source, offset);

    public static BpfInstruction Store(BpfWidth width, BpfRegister destination, short offset, int value) => new(MemoryCode(BpfClass.Store, width), destination, 0, offset, value);

    /// <summary>Adds to 8 bytes in memory, atomically.</summary>
    public static BpfInstruction AtomicAdd(BpfRegister destination, short offset, BpfRegister source) => new((byte)BpfClass.StoreRegister | (byte)BpfWidth.Eight | AtomicMode, destination, source, offset, 0);

    /// <summary>Jumps when the comparison of two registers holds.</summary>
    public static BpfInstruction JumpIf(BpfJump comparison, BpfRegister left, BpfRegister right, short offset) => new(JumpCode(BpfClass.Jump, comparison, RegisterSource), left, right, offset);

    /// <summary>Jumps when the comparison with a sign-extended value holds.</summary>
    public static BpfInstruction JumpIf(BpfJump comparison, BpfRegister left, int right, short offset) => new(JumpCode(BpfClass.Jump, comparison), left, 0, offset, right);

    public static BpfInstruction Jump(short offset) => new(JumpCode(BpfClass.Jump, BpfJump.Always), 0, 0, offset);

    /// <summary>Calls a helper with r1 to r5; the answer is in r0, and r1 to r5 are lost.</summary>
    public static BpfInstruction Call(BpfHelper helper) => new(JumpCode(BpfClass.Jump, BpfJump.Call), 0, 0, 0, (int)helper);

    /// <summary>Any 64-bit number.</summary>
    public static (BpfInstruction Low, BpfInstruction High) Load64(BpfRegister register, long value) => Wide(register, 0, (int)value, (int)(value >> 32));

    /// <summary>A map, for helpers.</summary>
    public static (BpfInstruction Low, BpfInstruction High) LoadMap(BpfRegister register, int mapFd) => Wide(register, PseudoMap, mapFd, 0);

    /// <summary>An address in the first entry of an array map.</summary>
    public static (BpfInstruction Low, BpfInstruction High) LoadMapValue(BpfRegister register, int mapFd, int offset) => Wide(register, PseudoMapValue, mapFd, offset);

    private const byte RegisterSource = 0x08, MemoryMode = 0x60, AtomicMode = 0xc0;

    private static (BpfInstruction Low, BpfInstruction High) Wide(BpfRegister register, int kind, int low, int high) =>
        (new(WideCode, register, (BpfRegister)kind, 0, low), new(0, 0, 0, 0, high));

    private static byte AluCode(BpfClass kind, BpfAlu operation, byte source = 0) => (byte)((byte)kind | (byte)operation | source);

    private static byte JumpCode(BpfClass kind, BpfJump operation, byte source = 0) => (byte)((byte)kind | (byte)operation | source);

    private static byte MemoryCode(BpfClass kind, BpfWidth width) => (byte)((byte)kind | (byte)width | MemoryMode);
}
