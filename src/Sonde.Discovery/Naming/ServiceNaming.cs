using Sonde.Discovery.Processes;

namespace Sonde.Discovery.Naming;

/// <summary>What a program is called, and its version when that is known.</summary>
internal readonly record struct ProgramIdentity(string Name, string? Version = null);

/// <summary>Finds the <c>service.name</c> of a process.</summary>
/// <remarks>
/// The first rule that has an answer gives the name:
/// <list type="table">
/// <listheader><term>rule</term><description>name</description></listheader>
/// <item><term><c>OTEL_SERVICE_NAME</c></term><description>its value</description></item>
/// <item><term><c>OTEL_RESOURCE_ATTRIBUTES</c></term><description>its <c>service.name</c></description></item>
/// <item><term>systemd service</term><description>the unit: <c>nginx.service</c> → nginx, <c>redis@6379.service</c> → redis; not units that
/// start other people's programs (cron, a container engine, a session)</description></item>
/// <item><term><c>dotnet</c></term><description><c>App.dll</c> → App; <c>dotnet run</c> → the project</description></item>
/// <item><term><c>java</c></term><description><c>-jar shop-1.2.jar</c> → shop, 1.2; the main class, <c>com.acme.Main</c> → Main</description></item>
/// <item><term><c>node</c>, <c>deno</c>, <c>bun</c>, <c>npm start</c></term><description>the name in the nearest package.json; else the script, or its folder
/// when it is called index, main, server or the like</description></item>
/// <item><term><c>python</c></term><description>the application given to gunicorn, uvicorn and their like (<c>shop.wsgi:app</c> → shop); the
/// module of <c>-m</c>; the script, or its folder when that is manage.py, main.py or __main__.py</description></item>
/// <item><term><c>ruby</c>, <c>php</c>, <c>perl</c>, shells, …</term><description>the script; the application's folder when a server or framework runs
/// it (puma, rails, artisan)</description></item>
/// <item><term>Erlang, Elixir</term><description>the node's name before the @</description></item>
/// <item><term>Go</term><description>the executable; the main package's name when the executable is called main, app, server or the like</description></item>
/// <item><term>anything else</term><description>the executable; the name of a kernel thread; <c>unknown_service</c></description></item>
/// </list>
/// </remarks>
internal static class ServiceNaming
{
    /// <summary>What OpenTelemetry has a service called that nothing is known of.</summary>
    public const string Unknown = "unknown_service";

    /// <summary>The process's name; never empty.</summary>
    public static ProgramIdentity Identify(ProcessFacts facts)
    {
        var program = IdentifyProgram(facts);
        var name = facts.Declared.ServiceName
            // Kubernetes: the workload's and the pod's names belong here, between what the process says and what the machine knows.
            ?? SystemdUnit.ServiceName(facts.Unit)
            ?? program.Name;
        return program with { Name = name };
    }

    private static ProgramIdentity IdentifyProgram(ProcessFacts facts)
    {
        var executable = facts.ExecutableName;
        if (IdentifyInterpreted(ProgramText.WithoutVersion(executable), facts) is { } interpreted)
        {
            return interpreted;
        }

        // A script that was executed itself: the path given to execve is the script's, and its interpreter is the first argument.
        if (facts.StartTime == 0 && facts.Arguments.Count > 0
            && IdentifyInterpreted(ProgramText.WithoutVersion(ProgramText.NameIn(facts.Arguments[0])), facts) is { } script)
        {
            return script;
        }

        if (facts.Go is { } go)
        {
            return new ProgramIdentity(GoProgram.Name(go, executable), go.Version);
        }

        return new ProgramIdentity(executable.Length > 0 ? executable : Unknown);
    }

    private static ProgramIdentity? IdentifyInterpreted(string interpreter, ProcessFacts facts) => interpreter switch
    {
        "dotnet" => DotNetProgram.Identify(facts),
        "java" => JavaProgram.Identify(facts),
        "node" or "nodejs" or "deno" or "bun" => NodeProgram.Identify(facts),
        "python" or "pypy" => PythonProgram.Identify(facts),
        "ruby" or "jruby" or "truffleruby" => RubyProgram.Identify(facts),
        "php" => ScriptProgram.IdentifyPhp(facts),
        // The pool's pages are many applications; their server is what they share.
        "php-fpm" => new ProgramIdentity("php-fpm"),
        "perl" => ScriptProgram.IdentifyPerl(facts),
        "sh" or "bash" or "dash" or "ash" or "zsh" or "ksh" or "fish" => ScriptProgram.IdentifyShell(facts),
        "lua" or "luajit" or "tclsh" or "Rscript" or "julia" => ScriptProgram.IdentifyOther(facts),
        "beam" or "beam.smp" => ErlangProgram.Identify(facts),
        _ => null,
    };
}
