using Sonde.Agent.Commands;
using Sonde.Agent.Doctor;
using Sonde.Agent.Pipeline;

return await new SondeCommandLine(
[
    RunCommand.Create(TracerRun.Load),
    TopCommand.Create(TracerRun.Load),
    DoctorCommand.Create((isJson, isVerbose) => Consultation.Hold(TracerRun.Try, isJson, isVerbose)),
    ProbeCommand.Create(),
    SettingsCommand.Create(),
]).RunAsync(args, Console.Out).ConfigureAwait(false);
