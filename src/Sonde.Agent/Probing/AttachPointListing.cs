using Sonde.Agent.Commands;
using Sonde.Probes;
using Sonde.Probes.Attach;
using Sonde.Telemetry.Console;

namespace Sonde.Agent.Probing;

/// <summary>Lists attach points as <c>bpftrace -l</c> does.</summary>
internal static class AttachPointListing
{
    private static readonly string[] s_kinds = ["struct ", "union ", "enum "];

    /// <summary>Writes a line for each attach point that the pattern matches, or the definition of a type.</summary>
    /// <returns>The exit status.</returns>
    public static int Write(string pattern, bool withArguments)
    {
        using var points = new MachineAttachPoints();
        using var output = new StreamWriter(StandardOutput.Open());
        if (s_kinds.Any(kind => pattern.StartsWith(kind, StringComparison.Ordinal)))
        {
            if (points.DefinitionOf(pattern) is not { } definition)
            {
                Notice.Write($"this kernel has no {pattern}");
                return ExitStatus.CannotRun;
            }

            output.WriteLine(definition);
            return ExitStatus.Good;
        }

        try
        {
            foreach (ListedAttachPoint point in points.List(pattern, withArguments))
            {
                output.WriteLine(point.Name);
                foreach (string argument in point.Arguments)
                {
                    output.WriteLine($"    {argument}");
                }
            }
        }
        catch (ProbeException exception)
        {
            throw new CannotRunException(exception.Message);
        }

        return ExitStatus.Good;
    }
}
