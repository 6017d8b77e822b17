using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Loads from the context, along BTF pointers, and by helpers.</summary>
internal sealed partial class ProgramGenerator
{
    private BpfRegister EvaluateLoad(Load load)
    {
        bool isSigned = load.Type is IntegerType { IsSigned: true };
        BpfRegister register;
        if (load.Space == AddressSpace.Context && IsInContext(load, out int offset))
        {
            register = LoadFromContext(load, offset, isSigned);
        }
        else if (IsAlongPointer(load))
        {
            register = LoadAlongPointer(load);
            ExtendLoaded(register, load, isSigned);
        }
        else
        {
            register = LoadByHelper(load);
            ExtendLoaded(register, load, isSigned);
        }

        return register;
    }

    /// <summary>True when it is at a constant offset of the context, and aligned as the verifier wants it there.</summary>
    private static bool IsInContext(Load load, out int offset)
    {
        Expression address = Origin(load.Address, out offset);
        offset += load.Offset;
        return address is Builtin { Value: BuiltinValue.Context } && offset % load.Width == 0;
    }

    /// <summary>True when the verifier knows the pointer's type, and the offset fits an instruction.</summary>
    private bool IsAlongPointer(Load load) =>
        load.Space == AddressSpace.Btf && IsPointerToVerifier(Origin(load.Address, out int offset)) && offset + load.Offset is >= short.MinValue and <= short.MaxValue;

    /// <summary>The address that constants were added to.</summary>
    private static Expression Origin(Expression address, out int offset)
    {
        offset = 0;
        while (address is AddressOf inner)
        {
            offset += inner.Offset;
            address = inner.Address;
        }

        return address;
    }

    /// <summary>
    /// A record of a tracepoint and registers are loaded as they are declared; arguments of raw tracepoints, functions and iterators
    /// come in slots of 8 bytes, of which only the whole may be loaded everywhere.
    /// </summary>
    private BpfRegister LoadFromContext(Load load, int offset, bool isSigned)
    {
        BpfRegister register = _registers.Take();
        if (_kind is ProgramKind.Tracepoint or ProgramKind.Kprobe)
        {
            _code.Emit(BpfInstruction.Load(WidthOf(load.Width), register, BpfRegister.R6, checked((short)offset)));
            ExtendLoaded(register, load, isSigned);
            return register;
        }

        _code.Emit(BpfInstruction.Load(BpfWidth.Eight, register, BpfRegister.R6, checked((short)(offset & ~7))));
        if (_kind == ProgramKind.Tracing && load.Width == 8 && load.Type is not PointerType { Space: AddressSpace.Btf })
        {
            ForgetPointer(register);
        }

        (int from, int count) = load.BitCount > 0 ? (load.BitOffset, load.BitCount) : (0, 8 * load.Width);
        Extract(register, 8 * (offset & 7) + from, count, isSigned);
        return register;
    }

    /// <summary>An ordinary load. Null reads as 0: the verifier asks for the check where the pointer may be null, and takes it elsewhere.</summary>
    private BpfRegister LoadAlongPointer(Load load)
    {
        Label isNull = new();
        Scalar address = Read(Origin(load.Address, out int offset));
        BpfRegister register = LoadNumber(0);
        _code.JumpIf(BpfJump.Equal, address.Register, 0, isNull);
        _code.Emit(BpfInstruction.Load(WidthOf(load.Width), register, address.Register, checked((short)(offset + load.Offset))));
        _code.Mark(isNull);
        Release(address);
        return register;
    }

    /// <summary><c>bpf_probe_read_kernel</c> and <c>_user</c>: what cannot be read is 0.</summary>
    private BpfRegister LoadByHelper(Load load)
    {
        BpfRegister address = EvaluateNumber(load.Address);
        (int, int) mark = _frame.Mark();
        Place slot = _frame.Take(8);
        CallRead(load.Space == AddressSpace.User ? BpfHelper.ReadUser : BpfHelper.ReadKernel, slot, load.Width, address, load.Offset);
        BpfRegister register = _registers.Take();
        _code.Emit(BpfInstruction.Load(WidthOf(load.Width), register, slot.Base, slot.Offset));
        _frame.Return(mark);
        return register;
    }

    /// <summary>Calls one of the helpers that read memory, with a constant size.</summary>
    private void CallRead(BpfHelper helper, Place destination, int size, BpfRegister address, int offset = 0)
    {
        Move(BpfRegister.R3, address);
        AddConstant(BpfRegister.R3, offset);
        _registers.Release(address);
        LoadAddress(BpfRegister.R1, destination);
        _code.Load64(BpfRegister.R2, size);
        CallAndForget(helper);
    }

    private void ExtendLoaded(BpfRegister register, Load load, bool isSigned)
    {
        if (load.BitCount > 0)
        {
            Extract(register, load.BitOffset, load.BitCount, isSigned);
        }
        else if (isSigned)
        {
            Cut(register, load.Width, isSigned);
        }
    }

    private static BpfWidth WidthOf(int bytes) => bytes switch
    {
        1 => BpfWidth.One,
        2 => BpfWidth.Two,
        4 => BpfWidth.Four,
        _ => BpfWidth.Eight,
    };
}
