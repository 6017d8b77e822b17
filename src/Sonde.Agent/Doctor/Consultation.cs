using Sonde.Agent.Commands;
using Sonde.Agent.Configuration;
using Sonde.Bpf;

namespace Sonde.Agent.Doctor;

/// <summary>What <c>sonde doctor</c> does: examines in full, loads the tracer for a trial, and shows the diagnosis.</summary>
internal static class Consultation
{
    /// <param name="tryTracer">Loads the tracer and lets go of it; answers what the kernel refused, or null. Only called when the rest is well.</param>
    /// <param name="isJson">Whether to write JSON.</param>
    /// <param name="isVerbose">Whether to write the whole log of a refusal, not its last lines.</param>
    /// <returns>The exit status: 0 when this machine can be traced, 1 when not.</returns>
    public static int Hold(Func<BpfException?> tryTracer, bool isJson, bool isVerbose)
    {
        Diagnosis diagnosis = Examination.Examine(isThorough: true);
        BpfException? refusal = diagnosis.CanRun ? tryTracer() : null;
        if (refusal is not null)
        {
            diagnosis = Examination.WithRefusal(diagnosis, refusal);
        }

        Console.Out.Write(isJson ? DiagnosisJson.Write(diagnosis) : DiagnosisText.Write(
            diagnosis,
            Terminal.IsPresent,
            Terminal.UsesColour(ColourChoice.Auto, Environment.GetEnvironmentVariable),
            Terminal.IsPresent ? Terminal.Columns : int.MaxValue));
        if (refusal is BpfLoadException { FullLog.Length: > 0 } failure)
        {
            WriteLog(failure, isVerbose);
        }

        return diagnosis.CanRun ? 0 : 1;
    }

    /// <summary>On standard error, so that JSON stays JSON.</summary>
    private static void WriteLog(BpfLoadException failure, bool isVerbose)
    {
        Console.Error.WriteLine();
        foreach (string line in isVerbose ? failure.FullLog.Split('\n') : failure.LastLines)
        {
            Console.Error.WriteLine($"  {line}");
        }

        if (!isVerbose)
        {
            Console.Error.WriteLine("\nThe whole log: sonde doctor --verbose");
        }
    }
}
