using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs run by the <c>dotnet</c> host; an application host or a NativeAOT program is an executable with a name of its own.</summary>
internal static class DotNetProgram
{
    private static readonly CommandOptions Host = new()
    {
        Valued = ["--additionalprobingpath", "--additional-deps", "--depsfile", "--runtimeconfig", "--fx-version", "--roll-forward"],
        Clusters = false,
    };

    public static ProgramIdentity? Identify(ProcessFacts facts)
    {
        var arguments = facts.Arguments;
        var program = Host.Find(arguments);
        if (program.Found && arguments[program.Index] == "exec")
        {
            program = Host.Find(arguments, program.Index + 1);
        }

        if (!program.Found)
        {
            return null;
        }

        var text = arguments[program.Index];
        if (text.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)
            || text.EndsWith(".cs", StringComparison.Ordinal))
        {
            return new ProgramIdentity(ProgramText.Stem(text));
        }

        // The SDK's own commands: what runs a project is named after it, the rest after itself.
        var project = text is "run" or "watch" or "test" ? ProjectIn(arguments, program.Index + 1) ?? facts.Files.TellingFolder() : null;
        return new ProgramIdentity(project ?? $"dotnet-{text}");
    }

    private static string? ProjectIn(IReadOnlyList<string> arguments, int from)
    {
        for (var index = from; index < arguments.Count && arguments[index] != "--"; index++)
        {
            var value = arguments[index] is "--project" or "-p" && index + 1 < arguments.Count ? arguments[index + 1]
                : arguments[index].StartsWith("--project=", StringComparison.Ordinal) ? arguments[index]["--project=".Length..]
                : arguments[index].EndsWith("proj", StringComparison.Ordinal) || arguments[index].EndsWith(".cs", StringComparison.Ordinal) ? arguments[index]
                : null;
            if (value is { Length: > 0 } and not ("." or ".."))
            {
                var name = ProgramText.FileName(value.TrimEnd('/'));
                return name.EndsWith("proj", StringComparison.Ordinal) || name.EndsWith(".cs", StringComparison.Ordinal)
                    ? Path.GetFileNameWithoutExtension(name)
                    : name;
            }
        }

        return null;
    }
}
