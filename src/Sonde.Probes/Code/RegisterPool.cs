using Sonde.Bpf.Instructions;

namespace Sonde.Probes.Code;

/// <summary>
/// Which registers hold something. r0 to r5 are for values between two calls, r6 to r9 outlive calls. A value that is needed behind
/// a call must have been put elsewhere before.
/// </summary>
internal sealed class RegisterPool
{
    private static readonly BpfRegister[] _volatile = [BpfRegister.R1, BpfRegister.R2, BpfRegister.R3, BpfRegister.R4, BpfRegister.R5, BpfRegister.R0];
    private static readonly BpfRegister[] _saved = [BpfRegister.R6, BpfRegister.R7, BpfRegister.R8, BpfRegister.R9];

    private int _used;

    /// <summary>Registers that calls destroy, and that are free now.</summary>
    internal int FreeVolatiles => _volatile.Count(each => !IsUsed(each));

    internal int FreeSaved => _saved.Count(each => !IsUsed(each));

    internal bool IsUsed(BpfRegister register) => (_used & 1 << (int)register) != 0;

    internal BpfRegister Take() => Take(_volatile.First(each => !IsUsed(each)));

    internal BpfRegister Take(BpfRegister register)
    {
        if (IsUsed(register))
        {
            throw new InvalidOperationException($"{register} holds something already.");
        }

        _used |= 1 << (int)register;
        return register;
    }

    /// <summary>A register that outlives calls, if one is free.</summary>
    internal BpfRegister? TakeSaved()
    {
        foreach (BpfRegister register in _saved)
        {
            if (!IsUsed(register))
            {
                return Take(register);
            }
        }

        return null;
    }

    internal void Release(BpfRegister register) => _used &= ~(1 << (int)register);

    /// <summary>Makes sure that a call destroys nothing.</summary>
    internal void CheckCall()
    {
        if (FreeVolatiles != _volatile.Length)
        {
            throw new InvalidOperationException("A call would destroy a value.");
        }
    }
}
