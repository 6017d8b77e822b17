using Sonde.Agent.Commands;
using Sonde.Agent.Doctor;
using Sonde.Agent.Pipeline;

return await new SondeCommandLine(
[
    RunCommand.Create(TracerRun.RunAsync),
    TopCommand.Create(TracerRun.RunAsync),
    DoctorCommand.Create((isJson, isVerbose) => Consultation.Hold(TracerRun.Try, isJson, isVerbose)),
    SettingsCommand.Create(),
]).RunAsync(args, Console.Out).ConfigureAwait(false);
