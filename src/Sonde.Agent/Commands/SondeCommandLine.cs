using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Sonde.Agent.Configuration;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Export;

namespace Sonde.Agent.Commands;

/// <summary>The command line of <c>sonde</c>: its commands, and what all of them have in common.</summary>
internal sealed class SondeCommandLine(IEnumerable<Command> commands)
{
    private const string Examples = """
        Examples:
          sonde run                                            show every request
          sonde run --status error --min-duration 100ms        show what is slow and failed
          sonde run | jq .name                                 JSON lines for other programs
          OTEL_EXPORTER_OTLP_ENDPOINT=http://host:4318 sonde run    send it to a collector
          sonde top                                            services, rates, errors, latency
          sonde probe -e 'tracepoint:sched:sched_switch { @[comm] = count(); }'    count events in the kernel

        """;

    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="output">Gets help, version and settings; spans and tables go to <see cref="StandardOutput"/>.</param>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(string[] arguments, TextWriter output)
    {
        RootCommand root = CreateRoot();
        ParseResult parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (parsed.Errors.Count > 0)
        {
            Notice.Write(Complaint(parsed));
            return ExitStatus.WrongUsage;
        }

        try
        {
            // Signals are the commands' own business.
            var invocation = new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
        }
        catch (SettingsException exception)
        {
            Notice.Write(exception.Message);
            return ExitStatus.WrongUsage;
        }
        catch (Exception exception) when (exception is CannotRunException or ExportException)
        {
            Notice.Write(exception.Message);
            return ExitStatus.CannotRun;
        }
        catch (IOException exception) when (StandardOutput.IsReaderGone(exception))
        {
            return ExitStatus.Good;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Notice.Write($"this should not have happened, please report it: {exception.GetType().Name}: {exception.Message}");
            return ExitStatus.CannotRun;
        }
    }

    private static string Complaint(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [string word, ..])
        {
            Command command = parsed.CommandResult.Command;
            IEnumerable<string> names = command.Subcommands.Select(candidate => candidate.Name).Concat(command.Options.Select(option => option.Name));
            string suggestion = KeySuggestion.For(word, names);
            return $"there is no '{word}'{(suggestion.Length > 0 ? suggestion : "; 'sonde --help' says what there is")}";
        }

        string message = parsed.Errors[0].Message.TrimEnd('.');
        return $"{char.ToLowerInvariant(message[0])}{message[1..]}; 'sonde --help' says what there is";
    }

    private RootCommand CreateRoot()
    {
        var root = new RootCommand("Sonde shows what every service on this machine is doing, and why it was slow, without touching it.");
        foreach (Command command in commands)
        {
            root.Subcommands.Add(command);
        }

        foreach (Option option in root.Options)
        {
            if (option is HelpOption help)
            {
                help.Action = new HelpWithExamples((HelpAction)help.Action!);
            }
            else if (option is VersionOption version)
            {
                version.Action = new VersionOnly();
            }
        }

        return root;
    }

    private sealed class HelpWithExamples(HelpAction standard) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int status = standard.Invoke(parseResult);
            if (parseResult.CommandResult.Command is RootCommand)
            {
                parseResult.InvocationConfiguration.Output.Write(Examples);
            }

            return status;
        }
    }

    private sealed class VersionOnly : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"sonde {ProgramVersion.Text}");
            return ExitStatus.Good;
        }
    }
}
