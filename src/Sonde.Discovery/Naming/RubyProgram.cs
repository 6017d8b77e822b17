using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs run by Ruby: the script, or the application's folder when a server or framework runs it.</summary>
internal static class RubyProgram
{
    private static readonly CommandOptions Interpreter = new() { Valued = ["-I", "-r", "-C", "-E", "-F", "-W"], Final = ["-e", "-S"] };

    public static ProgramIdentity? Identify(ProcessFacts facts)
    {
        var arguments = facts.Arguments;
        if (arguments.Count == 1 && Title(arguments[0]) is { } title)
        {
            return new ProgramIdentity(title);
        }

        var program = Interpreter.Find(arguments);
        if (!program.Found || program.Option == "-e")
        {
            return null;
        }

        var stem = ProgramText.Stem(arguments[program.Index]);
        return new ProgramIdentity(
            stem is "rails" or "puma" or "unicorn" or "unicorn_rails" or "rackup" or "bundle" or "rake" or "sidekiq" or "thin" or "passenger" or "spring" or "config"
                ? facts.Files.TellingFolder() ?? stem
                : stem);
    }

    // puma 6.4.0 (tcp://0.0.0.0:3000) [shop]; sidekiq 7.2.0 shop [0 of 10 busy]
    private static string? Title(string title)
    {
        var words = title.Split(' ');
        return words[0].StartsWith("puma", StringComparison.Ordinal) ? ProgramText.InBrackets(title)
            : words[0] == "sidekiq" && words.Length > 2 && !words[2].StartsWith('[') ? words[2]
            : null;
    }
}
