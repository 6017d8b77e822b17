using System.CommandLine;
using Sonde.Agent.Configuration;
using Sonde.Agent.Top;
using Sonde.Telemetry.Console;
using Sonde.Tracing.Sampling;

namespace Sonde.Agent.Commands;

/// <summary><c>sonde top</c>: the services of this machine, summed up and refreshed; one table when nobody looks.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeyInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StandardReport = TimeSpan.FromSeconds(5);

    public static Command Create(LoadTracer load)
    {
        var command = new Command("top", "Watch the services of this machine: rate, errors, latency and the slowest request.");
        SettingsOptions options = new SettingsOptions(command).With("--color", "auto|always|never", SettingCatalog.Colour);
        var period = new Option<string>("--for") { HelpName = "5s", Description = "Observe for so long, print one table and end; the default off a terminal." };
        command.Options.Add(period);
        command.SetAction(arguments =>
        {
            var warnings = new List<string>();
            SettingValues values = options.Read(arguments, warnings);
            SondeSettings settings = SettingsComposition.Compose(values, SettingsOptions.Environment, warnings);
            Notice.Warn(warnings);
            return RunAsync(load, ForWatching(settings), Period(arguments.GetValue(period)));
        });
        return command;
    }

    /// <summary>Every request counts, and nothing is sent.</summary>
    private static SondeSettings ForWatching(SondeSettings settings) => settings with
    {
        Tracing = settings.Tracing with { Sampler = Sampler.AlwaysOn },
        Export = settings.Export with { Traces = [], Metrics = [] },
    };

    private static TimeSpan? Period(string? text)
    {
        if (text is null)
        {
            return Terminal.IsPresent ? null : StandardReport;
        }

        return Quantities.TryParseTime(text, out TimeSpan period) && period > TimeSpan.Zero
            ? period
            : throw new SettingsException($"--for must be a duration, such as 5s, not '{text}'");
    }

    private static async Task<int> RunAsync(LoadTracer load, SondeSettings settings, TimeSpan? period)
    {
        RunTracer trace = load(settings);
        using var interruption = new Interruption();
        var table = new ServiceTable(TimeProvider.System);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task tracing = trace([table], _ => ready.TrySetResult(), interruption.Token);
        var view = new TopView(new Palette(Terminal.UsesColour(settings.Console.Colour, settings.Environment)));
        await using Stream output = StandardOutput.Open();
        if (await Task.WhenAny(ready.Task, tracing).ConfigureAwait(false) != tracing)
        {
            if (period is { } length)
            {
                await Task.WhenAny(tracing, Task.Delay(length, interruption.Token)).ConfigureAwait(false);
                view.Update(table.Read());
                output.Write(view.Report(Terminal.Columns));
            }
            else
            {
                Watch(output, view, table, () => tracing.IsCompleted || interruption.Token.IsCancellationRequested);
            }
        }

        interruption.End();
        if (await Task.WhenAny(tracing, Task.Delay(Grace)).ConfigureAwait(false) == tracing && !tracing.IsCanceled)
        {
            await tracing.ConfigureAwait(false);
        }

        return ExitStatus.Good;
    }

    /// <summary>Shows the table on the terminal's other screen, so that what stood there before is there again afterwards.</summary>
    private static void Watch(Stream output, TopView view, ServiceTable table, Func<bool> hasEnded)
    {
        if (!Console.IsErrorRedirected)
        {
            Notice.Hold();
        }

        output.Write("\e[?1049h\e[?25l"u8);
        try
        {
            long next = 0;
            while (!hasEnded())
            {
                bool changed = Environment.TickCount64 >= next;
                if (changed)
                {
                    view.Update(table.Read());
                    next = Environment.TickCount64 + (long)Refresh.TotalMilliseconds;
                }

                while (!Console.IsInputRedirected && Console.KeyAvailable)
                {
                    changed = true;
                    if (!view.Press(Console.ReadKey(intercept: true).Key))
                    {
                        return;
                    }
                }

                if (changed)
                {
                    output.Write(view.Screen(Console.WindowWidth, Console.WindowHeight));
                }

                Thread.Sleep(KeyInterval);
            }
        }
        finally
        {
            output.Write("\e[?25h\e[?1049l"u8);
            Notice.Release();
        }
    }
}
