using Sonde.Agent.Commands;

return await new SondeCommandLine([SettingsCommand.Create()]).RunAsync(args, Console.Out).ConfigureAwait(false);
