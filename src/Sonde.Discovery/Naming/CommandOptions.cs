namespace Sonde.Discovery.Naming;

/// <summary>Where in its arguments an interpreter was told what to run.</summary>
/// <param name="Option">The option that said so (<c>-m</c>, <c>-jar</c>), or null for the first argument that is no option.</param>
/// <param name="Index">The argument's index; -1 when there is none.</param>
internal readonly record struct ProgramArgument(string? Option, int Index)
{
    public bool Found => Index >= 0;
}

/// <summary>The part of an interpreter's command line syntax that is needed to find the program in it.</summary>
internal sealed class CommandOptions
{
    /// <summary>Options whose value is the next argument.</summary>
    public string[] Valued { get; init; } = [];

    /// <summary>Options whose value says what is run; what comes after belongs to the program.</summary>
    public string[] Final { get; init; } = [];

    /// <summary>Whether single letters may be written together: <c>-um pkg</c>.</summary>
    public bool Clusters { get; init; } = true;

    /// <summary>Finds the program, from an argument on.</summary>
    public ProgramArgument Find(IReadOnlyList<string> arguments, int from = 1)
    {
        for (var index = from; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (argument == "--")
            {
                return At(arguments, null, index + 1);
            }

            if (argument.Length < 2 || argument[0] is not ('-' or '+'))
            {
                // A single dash is standard input.
                return argument == "-" ? new ProgramArgument(null, -1) : At(arguments, null, index);
            }

            var option = Last(argument);
            if (Final.Contains(option))
            {
                return At(arguments, option, index + 1);
            }

            if (Valued.Contains(option))
            {
                index++;
            }
        }

        return new ProgramArgument(null, -1);
    }

    private static ProgramArgument At(IReadOnlyList<string> arguments, string? option, int index) =>
        new(option, index < arguments.Count && !IsDescriptor(arguments[index]) ? index : -1);

    // A program that is read from an open file has no name: bash /dev/fd/63.
    private static bool IsDescriptor(string argument) =>
        argument == "/dev/stdin" || argument.StartsWith("/dev/fd/", StringComparison.Ordinal)
        || (argument.StartsWith("/proc/", StringComparison.Ordinal) && argument.Contains("/fd/", StringComparison.Ordinal));

    // The last of a cluster of letters decides; a letter that takes a value has it attached (-Wignore).
    private string Last(string argument)
    {
        var cluster = Clusters && argument.Length is > 2 and <= 5 && argument[0] == '-' && argument.Skip(1).All(char.IsAsciiLetterLower);
        return cluster && !Valued.Contains(argument[..2]) ? $"-{argument[^1]}" : argument;
    }
}
