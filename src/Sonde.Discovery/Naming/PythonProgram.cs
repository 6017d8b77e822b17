using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs run by Python: the application that a server was given, the module of <c>-m</c>, the script.</summary>
internal static class PythonProgram
{
    private static readonly CommandOptions Interpreter = new() { Valued = ["-W", "-X", "--check-hash-based-pycs"], Final = ["-c", "-m"] };

    private static readonly CommandOptions Tool = new();

    public static ProgramIdentity? Identify(ProcessFacts facts)
    {
        var arguments = facts.Arguments;
        // gunicorn: master [shop.wsgi:app]
        if (arguments.Count == 1 && ProgramText.InBrackets(arguments[0]) is { } title)
        {
            return new ProgramIdentity(Application(title) ?? title);
        }

        var program = Interpreter.Find(arguments);
        if (!program.Found || program.Option == "-c")
        {
            return null;
        }

        var text = arguments[program.Index];
        var stem = program.Option == "-m" ? text : ProgramText.Stem(text);
        if (IdentifyHosted(stem, arguments, program.Index + 1, facts.Files) is { } hosted)
        {
            return new ProgramIdentity(hosted);
        }

        if (program.Option == "-m")
        {
            return new ProgramIdentity(WithoutSuffix(text, ".__main__"));
        }

        return new ProgramIdentity(stem is "manage" or "main" or "__main__" or "wsgi" or "asgi" ? facts.Files.TellingFolder(text) ?? stem : stem);
    }

    /// <summary>The application behind a server or a framework's command, or null when the program is neither.</summary>
    private static string? IdentifyHosted(string tool, IReadOnlyList<string> arguments, int from, ApplicationFiles files)
    {
        switch (tool)
        {
            case "gunicorn" or "uvicorn" or "hypercorn" or "daphne" or "granian" or "waitress" or "waitress-serve" or "flask" or "celery" or "uwsgi" or "pyuwsgi":
                for (var index = from; index < arguments.Count; index++)
                {
                    if (Application(arguments[index]) is { } application)
                    {
                        return application;
                    }

                    if (arguments[index] is "-A" or "--app" && index + 1 < arguments.Count)
                    {
                        return Module(ProgramText.Stem(arguments[index + 1]));
                    }

                    if (arguments[index].StartsWith("--app=", StringComparison.Ordinal))
                    {
                        return Module(ProgramText.Stem(arguments[index]["--app=".Length..]));
                    }
                }

                // gunicorn shop.wsgi: the callable has a default.
                return tool != "flask" && arguments.Count > from && IsModule(arguments[^1]) && !IsOptionWithoutValue(arguments[^2])
                    ? Module(arguments[^1])
                    : files.TellingFolder() ?? tool;
            case "streamlit" or "fastapi":
                var command = Tool.Find(arguments, from);
                var script = command.Found ? Tool.Find(arguments, command.Index + 1) : command;
                return script.Found ? ProgramText.Stem(arguments[script.Index]) : files.TellingFolder() ?? tool;
            case "django" or "django-admin":
                return files.TellingFolder() ?? tool;
            default:
                return null;
        }
    }

    /// <summary><c>shop.wsgi:application</c>, <c>app:create_app()</c> → the module; null for anything else (<c>0.0.0.0:8000</c>, <c>unix:/run/x</c>).</summary>
    private static string? Application(string text)
    {
        var colon = text.IndexOf(':');
        return colon > 0 && colon + 1 < text.Length && IsModule(text[..colon]) && (char.IsLetter(text[colon + 1]) || text[colon + 1] == '_')
            ? Module(text[..colon])
            : null;
    }

    private static bool IsOptionWithoutValue(string argument) => argument.StartsWith('-') && !argument.Contains('=');

    private static bool IsModule(string text) =>
        text.Length > 0 && (char.IsLetter(text[0]) || text[0] == '_') && text.All(character => char.IsLetterOrDigit(character) || character is '_' or '.');

    /// <summary>The module without last parts that every application has: <c>acme.orders.main</c> → <c>acme.orders</c>; a lone <c>main</c> stays.</summary>
    private static string Module(string module)
    {
        while (module.LastIndexOf('.') is var dot && dot > 0 && module[(dot + 1)..] is "wsgi" or "asgi" or "main" or "app" or "server" or "application" or "api")
        {
            module = module[..dot];
        }

        return module;
    }

    private static string WithoutSuffix(string text, string suffix) => text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;
}
