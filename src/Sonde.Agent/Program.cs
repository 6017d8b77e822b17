using Sonde.Agent.Commands;

return await new SondeCommandLine([SettingsCommand.Create()]).RunAsync(args).ConfigureAwait(false);
