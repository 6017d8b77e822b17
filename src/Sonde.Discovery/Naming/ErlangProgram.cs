using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs run by the Erlang virtual machine (erl(1)): the node's name, else what is run by it.</summary>
internal static class ErlangProgram
{
    public static ProgramIdentity? Identify(ProcessFacts facts)
    {
        var arguments = facts.Arguments;
        if ((After(arguments, "-sname") ?? After(arguments, "-name")) is { Length: > 0 } node)
        {
            return new ProgramIdentity(ProgramText.UpTo(node, '@'));
        }

        // elixir -extra /usr/bin/mix phx.server: the project is where it runs.
        if (After(arguments, "-extra") is { } extra)
        {
            var name = ProgramText.Stem(extra);
            return new ProgramIdentity(name is "mix" or "iex" ? facts.Files.TellingFolder() ?? name : name);
        }

        return facts.Files.TellingFolder() is { } folder ? new ProgramIdentity(folder) : null;
    }

    private static string? After(IReadOnlyList<string> arguments, string option)
    {
        for (var index = 1; index + 1 < arguments.Count; index++)
        {
            if (arguments[index] == option)
            {
                return arguments[index + 1];
            }
        }

        return null;
    }
}
