using Sonde.Probes.Model;

namespace Sonde.Probes.Output;

/// <summary>What an address is called.</summary>
/// <param name="Name">The symbol.</param>
/// <param name="Offset">Bytes from its beginning.</param>
/// <param name="Module">The file or kernel module that it is of; empty for the kernel itself.</param>
public readonly record struct Symbol(string Name, ulong Offset, string Module);

/// <summary>Names addresses, and knows the stacks that a program recorded.</summary>
public interface ISymbols
{
    /// <summary>The kernel's symbol at or before an address; null when there is none.</summary>
    Symbol? Kernel(ulong address);

    /// <summary>The symbol of a process; null when there is none or the process is gone.</summary>
    Symbol? User(ulong address, int process);

    /// <summary>The return addresses of a stack, innermost first; empty when there is none.</summary>
    /// <param name="type">A <see cref="Rendering.KernelStack"/> or <see cref="Rendering.UserStack"/>.</param>
    /// <param name="id">Its number in the program's stack map.</param>
    ReadOnlySpan<ulong> Stack(RenderedType type, int id);
}
