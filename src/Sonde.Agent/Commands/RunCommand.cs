using System.CommandLine;
using System.Globalization;
using Sonde.Agent.Configuration;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Export;

namespace Sonde.Agent.Commands;

/// <summary><c>sonde run</c>: traces, shows and sends until it is told to end.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static Command Create(LoadTracer load)
    {
        var command = new Command("run", "Trace the requests of this machine; show them here, or send them where OTEL_EXPORTER_OTLP_ENDPOINT says.");
        SettingsOptions options = new SettingsOptions(command)
            .With("--service", "glob", SettingCatalog.ConsoleService)
            .With("--name", "glob", SettingCatalog.ConsoleName)
            .With("--status", "5xx|404|error", SettingCatalog.ConsoleStatus)
            .With("--min-duration", "10ms", SettingCatalog.ConsoleMinDuration)
            .With("--format", "auto|lines|json", SettingCatalog.Format)
            .With("--color", "auto|always|never", SettingCatalog.Colour);
        command.SetAction(arguments =>
        {
            var warnings = new List<string>();
            SettingValues values = options.Read(arguments, warnings);
            SondeSettings settings = SettingsComposition.Compose(values, SettingsOptions.Environment, warnings);
            Notice.Warn(warnings);
            return RunAsync(load, settings);
        });
        return command;
    }

    private static async Task<int> RunAsync(LoadTracer load, SondeSettings settings)
    {
        if (settings.Export.Disabled)
        {
            Notice.Write("OTEL_SDK_DISABLED is true, so nothing is traced");
            return ExitStatus.Good;
        }

        RunTracer trace = load(settings);
        using var interruption = new Interruption();
        ISpanExporter[] exporters = Open(settings);
        ISpanWriter? writer = exporters.OfType<ISpanWriter>().FirstOrDefault();
        if (Terminal.IsPresent)
        {
            await Console.Error.WriteAsync(Banner.For(settings)).ConfigureAwait(false);
        }

        Task tracing = trace(exporters, SayReady, interruption.Token);
        bool finished = await WaitAsync(tracing, writer?.Closed, interruption).ConfigureAwait(false);
        if (!finished)
        {
            await (writer?.FlushAsync(Grace) ?? Task.CompletedTask).ConfigureAwait(false);
            Notice.Write(string.Create(CultureInfo.InvariantCulture, $"not everything could be sent within {Grace.TotalSeconds} s"));
        }

        return writer is null ? ExitStatus.Good : SayLost(writer);
    }

    /// <summary>Waits for the end; once it is asked for, for no longer than the grace. False when it took longer.</summary>
    private static async Task<bool> WaitAsync(Task tracing, Task? closed, Interruption interruption)
    {
        var asked = Task.Delay(Timeout.Infinite, interruption.Token);
        Task first = await (closed is null ? Task.WhenAny(tracing, asked) : Task.WhenAny(tracing, asked, closed)).ConfigureAwait(false);
        interruption.End();
        if (first != tracing && await Task.WhenAny(tracing, Task.Delay(Grace)).ConfigureAwait(false) != tracing)
        {
            return false;
        }

        try
        {
            await tracing.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was asked to.
        }

        return true;
    }

    private static ISpanExporter[] Open(SondeSettings settings)
    {
        ConsoleSettings console = settings.Console;
        var context = new ExportContext
        {
            Environment = settings.Environment,
            Log = Notice.Write,
            Console = new ConsoleOutput
            {
                HasLines = console.Format == ConsoleFormat.Lines || (console.Format == ConsoleFormat.Auto && Terminal.IsPresent),
                Filter = console.Filter,
                Layout = new ConsoleLayout
                {
                    Colour = Terminal.UsesColour(console.Colour, settings.Environment),
                    Columns = () => Terminal.Columns,
                    MaxPerSecond = console.MaxPerSecond,
                },
            },
        };
        ISpanExporter[] exporters = [.. settings.Export.Traces.Select(exporter => exporter.OpenSpans(context))];
        Notice.Warn(context.Warnings);
        return exporters;
    }

    private static void SayReady(string clause) =>
        Notice.Write(string.Create(CultureInfo.InvariantCulture, $"ready in {Notice.SinceStart.TotalMilliseconds:0} ms, {clause}"));

    /// <summary>Says what standard output did not get. That nobody reads any more (<c>| head</c>) is no error.</summary>
    private static int SayLost(ISpanWriter writer)
    {
        if (writer.Closed.IsCompletedSuccessfully)
        {
            IOException reason = writer.Closed.Result;
            if (StandardOutput.IsReaderGone(reason))
            {
                return ExitStatus.Good;
            }

            Notice.Write($"standard output cannot be written: {reason.Message}");
            return ExitStatus.CannotRun;
        }

        if (writer.Lost > 0)
        {
            Notice.Write(string.Create(CultureInfo.InvariantCulture, $"{writer.Lost:N0} spans were not written, standard output was read too slowly"));
        }

        return ExitStatus.Good;
    }
}
