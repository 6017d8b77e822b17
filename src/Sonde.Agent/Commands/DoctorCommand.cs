using System.CommandLine;

namespace Sonde.Agent.Commands;

/// <summary><c>sonde doctor</c>: says whether this machine can be traced.</summary>
internal static class DoctorCommand
{
    /// <param name="examine">Examines the machine and prints what it finds, as JSON or not, with the whole log or not; returns the exit status.</param>
    public static Command Create(Func<bool, bool, int> examine)
    {
        var command = new Command("doctor", "Check kernel, privileges and hooks; exit status 0 when this machine can be traced, 1 when not.");
        var verbose = new Option<bool>("--verbose") { Description = "The full log of the verifier, when it refuses a program." };
        var json = new Option<bool>("--json") { Description = "The findings as JSON." };
        command.Options.Add(verbose);
        command.Options.Add(json);
        command.SetAction(arguments => examine(arguments.GetValue(json), arguments.GetValue(verbose)));
        return command;
    }
}
