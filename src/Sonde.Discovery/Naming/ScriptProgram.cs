using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs that are a script and nothing more, for the interpreters that need no rules beyond their options.</summary>
internal static class ScriptProgram
{
    private static readonly CommandOptions Perl = new() { Valued = ["-I", "-M", "-m"], Final = ["-e", "-E"] };
    private static readonly CommandOptions Shell = new() { Valued = ["-o", "+o", "-O", "+O", "--rcfile", "--init-file"], Final = ["-c"] };
    private static readonly CommandOptions Php = new() { Valued = ["-c", "-d", "-t", "-z"], Final = ["-f", "-r", "-B", "-R", "-S"], Clusters = false };
    private static readonly CommandOptions Other = new() { Final = ["-e", "-E"], Clusters = false };

    public static ProgramIdentity? IdentifyPerl(ProcessFacts facts) => Script(facts, Perl.Find(facts.Arguments));

    public static ProgramIdentity? IdentifyShell(ProcessFacts facts) => Script(facts, Shell.Find(facts.Arguments));

    public static ProgramIdentity? IdentifyOther(ProcessFacts facts) => Script(facts, Other.Find(facts.Arguments));

    public static ProgramIdentity? IdentifyPhp(ProcessFacts facts)
    {
        var program = Php.Find(facts.Arguments);
        // The built-in web server and the frameworks' consoles serve the folder they are in.
        var isFramework = program is { Found: true, Option: null } && ProgramText.Stem(facts.Arguments[program.Index]) is "artisan" or "console" or "index";
        if (program.Option == "-S" || isFramework)
        {
            return facts.Files.TellingFolder() is { } folder ? new ProgramIdentity(folder) : null;
        }

        return Script(facts, program.Option == "-f" ? program with { Option = null } : program);
    }

    private static ProgramIdentity? Script(ProcessFacts facts, ProgramArgument program) =>
        program is { Found: true, Option: null } && ProgramText.Stem(facts.Arguments[program.Index]) is { Length: > 0 } stem
            ? new ProgramIdentity(stem)
            : null;
}
