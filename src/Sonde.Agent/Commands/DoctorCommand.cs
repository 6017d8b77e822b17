using System.CommandLine;

namespace Sonde.Agent.Commands;

/// <summary><c>sonde doctor</c>: says whether this machine can be traced.</summary>
internal static class DoctorCommand
{
    /// <param name="examine">Examines the machine and prints what it finds, in full when it is asked to; returns the exit status.</param>
    public static Command Create(Func<bool, int> examine)
    {
        var command = new Command("doctor", "Check kernel, privileges and hooks; exit status 0 when this machine can be traced, 1 when not.");
        var verbose = new Option<bool>("--verbose") { Description = "The full log of the verifier, when it refuses a program." };
        command.Options.Add(verbose);
        command.SetAction(arguments => examine(arguments.GetValue(verbose)));
        return command;
    }
}
