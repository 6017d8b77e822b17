using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs run by the <c>java</c> launcher (java(1)).</summary>
internal static class JavaProgram
{
    private static readonly CommandOptions Launcher = new()
    {
        Valued =
        [
            "-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path", "--add-modules", "--add-exports", "--add-opens",
            "--add-reads", "--limit-modules", "--patch-module", "--source", "--enable-native-access", "-d", "--describe-module",
        ],
        Final = ["-jar", "-m", "--module"],
        Clusters = false,
    };

    // What a build appends to a jar that has everything in it.
    private static readonly string[] Classifiers = ["-jar-with-dependencies", "-all", "-fat", "-uber", "-shaded", "-exec", "-runner", "-boot"];

    public static ProgramIdentity? Identify(ProcessFacts facts)
    {
        var arguments = facts.Arguments;
        var program = Launcher.Find(arguments);
        var named = Property(arguments, program, "-Dotel.service.name=") ?? Property(arguments, program, "-Dspring.application.name=");
        var found = !program.Found ? null
            : program.Option == "-jar" ? FromJar(arguments[program.Index])
            : (ProgramIdentity?)new ProgramIdentity(FromClass(arguments[program.Index], facts));
        return named is null ? found : new ProgramIdentity(named, found?.Version);
    }

    /// <summary><c>/opt/shop-api-1.2.3-SNAPSHOT-all.jar</c> → shop-api, 1.2.3-SNAPSHOT.</summary>
    private static ProgramIdentity FromJar(string jar)
    {
        var name = ProgramText.Stem(jar);
        foreach (var classifier in Classifiers)
        {
            if (name.Length > classifier.Length && name.EndsWith(classifier, StringComparison.Ordinal))
            {
                name = name[..^classifier.Length];
            }
        }

        for (var dash = name.IndexOf('-', 1); dash > 0 && dash + 1 < name.Length; dash = name.IndexOf('-', dash + 1))
        {
            if (char.IsAsciiDigit(name[dash + 1]))
            {
                return new ProgramIdentity(name[..dash], name[(dash + 1)..]);
            }
        }

        return new ProgramIdentity(name);
    }

    /// <summary><c>com.acme.Main</c>, <c>acme/com.acme.Main</c> → Main; <c>Hello.java</c> → Hello.</summary>
    private static string FromClass(string main, ProcessFacts facts)
    {
        if (main.EndsWith(".java", StringComparison.Ordinal))
        {
            return ProgramText.Stem(main);
        }

        var type = ProgramText.FileName(main);
        return type switch
        {
            "org.apache.catalina.startup.Bootstrap" => "tomcat",
            // Spring Boot's launchers stand for every application that is unpacked.
            _ when type.StartsWith("org.springframework.boot.loader.", StringComparison.Ordinal) => facts.Files.TellingFolder() ?? "spring-boot",
            _ => type[(type.LastIndexOf('.') + 1)..],
        };
    }

    private static string? Property(IReadOnlyList<string> arguments, ProgramArgument program, string prefix)
    {
        var end = program.Found ? program.Index : arguments.Count;
        for (var index = 1; index < end; index++)
        {
            if (arguments[index].Length > prefix.Length && arguments[index].StartsWith(prefix, StringComparison.Ordinal))
            {
                return arguments[index][prefix.Length..];
            }
        }

        return null;
    }
}
