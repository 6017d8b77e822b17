using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs run by Node.js, Deno or Bun: their package's name, else the script's or its folder's.</summary>
internal static class NodeProgram
{
    private const string Modules = "/node_modules/";

    private static readonly CommandOptions Interpreter = new()
    {
        Valued =
        [
            "-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file", "--env-file-if-exists", "--title",
            "--icu-data-dir", "--openssl-config", "--redirect-warnings", "--watch-path", "--input-type", "--diagnostic-dir", "--max-http-header-size",
        ],
        Final = ["-e", "--eval", "-p", "--print", "-pe"],
        Clusters = false,
    };

    public static ProgramIdentity? Identify(ProcessFacts facts)
    {
        var arguments = facts.Arguments;
        var program = Interpreter.Find(arguments);
        // deno run app.ts, bun run app.ts
        if (program.Found && arguments[program.Index] is "run" or "serve" && arguments.Count > program.Index + 1)
        {
            program = Interpreter.Find(arguments, program.Index + 1);
        }

        if (!program.Found || program.Option is not null)
        {
            // Nothing to go by but where it runs: code in an argument, or a title that npm has put in place of the arguments ("npm start").
            var title = arguments.Count == 1 ? ProgramText.NameIn(arguments[0]) : "";
            return facts.Files.FindPackage(facts.Files.WorkingDirectory)
                ?? (IsPackageRunner(title) ? new ProgramIdentity(facts.Files.TellingFolder() ?? title) : null);
        }

        var script = arguments[program.Index];
        return FindPackage(script, facts.Files) ?? new ProgramIdentity(NameOf(script, facts.Files));
    }

    private static ProgramIdentity? FindPackage(string script, ApplicationFiles files)
    {
        if (IsPackageRunner(ProgramText.Stem(script)))
        {
            return files.FindPackage(files.WorkingDirectory);
        }

        var path = files.Absolute(script);
        var modules = path?.IndexOf(Modules, StringComparison.Ordinal) ?? -1;
        if (modules < 0)
        {
            return files.FindPackage(Path.GetDirectoryName(path));
        }

        // A tool among the dependencies (next, ts-node) runs the application around it; one that was installed for all runs for itself.
        return files.FindPackage(modules == 0 ? "/" : path![..modules]) ?? files.FindPackage(Path.GetDirectoryName(path));
    }

    private static string NameOf(string script, ApplicationFiles files)
    {
        var stem = ProgramText.Stem(script);
        return stem is "index" or "main" or "server" or "app" or "start" or "run" or "www" or "cli" or "bundle" ? files.TellingFolder(script) ?? stem : stem;
    }

    private static bool IsPackageRunner(string name) => name is "npm" or "npm-cli" or "npx" or "npx-cli" or "yarn" or "pnpm" or "corepack";
}
