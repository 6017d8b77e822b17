using System.CommandLine;
using Sonde.Agent.Configuration;
using Sonde.Agent.Probing;

namespace Sonde.Agent.Commands;

/// <summary><c>sonde probe</c>: runs a program in the bpftrace language, or lists where programs can be attached.</summary>
internal static class ProbeCommand
{
    public static Command Create()
    {
        var command = new Command("probe", "Run a program in the bpftrace language in the kernel, or list what there is to attach to.");
        var words = new Argument<string[]>("file") { Arity = ArgumentArity.ZeroOrMore, Description = "A program's file and its arguments, which it knows as $1, $2, …" };
        var text = new Option<string>("-e") { HelpName = "program", Description = "The program itself; all that stands behind it are its arguments." };
        var format = new Option<string>("--format", "-f") { HelpName = "text|json", Description = "How the output looks: as bpftrace's text, or as its JSON, an object a line." };
        var child = new Option<string>("-c") { HelpName = "command", Description = "Start this command when all is attached, and end with it; the program knows it as cpid. Quotes are a shell's; for more, sh -c '…'." };
        var process = new Option<int?>("-p") { HelpName = "pid", Description = "Attach in this process only, and end with it." };
        var list = new Option<string>("--list", "-l") { HelpName = "pattern", Arity = ArgumentArity.ZeroOrOne, Description = "List attach points, such as 'tracepoint:tcp:*'; with -v their arguments." };
        var verbose = new Option<bool>("-v") { Description = "With --list: the arguments, or a structure's definition. Else: the verifier's whole log when it refuses." };
        var both = new Option<string>("-lv") { HelpName = "pattern", Arity = ArgumentArity.ZeroOrOne, Description = "The same as --list -v." };
        var emit = new Option<bool>("--emit") { Description = "Print the BPF instructions with the source line of each, and do not run." };
        var otlp = new Option<bool>("--otlp") { Description = "Send the maps as metrics, where OTEL_EXPORTER_OTLP_ENDPOINT says, in place of printing them." };
        var settings = new SettingsOptions(command);
        command.Arguments.Add(words);
        foreach (Option option in new Option[] { text, format, child, process, list, both, verbose, emit, otlp })
        {
            command.Options.Add(option);
        }

        command.SetAction((arguments, _) =>
        {
            if (arguments.GetResult(list) is not null || arguments.GetResult(both) is not null)
            {
                bool withArguments = arguments.GetResult(both) is not null || arguments.GetValue(verbose);
                string pattern = arguments.GetValue(list) ?? arguments.GetValue(both) ?? arguments.GetValue(words)?.FirstOrDefault() ?? "";
                return Task.FromResult(AttachPointListing.Write(pattern, withArguments));
            }

            string[] given = arguments.GetValue(words) ?? [];
            var request = new ProbeRequest
            {
                Source = Source(arguments.GetValue(text), given),
                Arguments = arguments.GetValue(text) is null ? given[1..] : given,
                IsJson = IsJson(arguments.GetValue(format)),
                Command = arguments.GetValue(child),
                ProcessId = arguments.GetValue(process),
                IsVerbose = arguments.GetValue(verbose),
            };
            if (arguments.GetValue(emit))
            {
                return Task.FromResult(ProbeRun.Emit(request));
            }

            var warnings = new List<string>();
            SettingValues values = settings.Read(arguments, warnings);
            SondeSettings all = SettingsComposition.Compose(values, SettingsOptions.Environment, warnings);
            Notice.Warn(warnings);
            return ProbeRun.RunAsync(request, arguments.GetValue(otlp) ? all : null);
        });
        return command;
    }

    private static bool IsJson(string? format) => format switch
    {
        null or "text" => false,
        "json" => true,
        _ => throw new SettingsException($"--format must be text or json, not '{format}'"),
    };

    private static (string Name, string Text) Source(string? text, string[] words)
    {
        if (text is not null)
        {
            return ("-e", text);
        }

        if (words is not [string path, ..])
        {
            throw new SettingsException("write a program (-e 'tracepoint:…') or its file; --list lists what there is to attach to");
        }

        try
        {
            return (path, File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"the program {path} cannot be read: {(exception is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : exception.Message.TrimEnd('.'))}");
        }
    }
}
