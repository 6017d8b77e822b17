using Sonde.Probes.Binding;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

/// <summary>Programs bound on the sample machine, as text to compare with.</summary>
internal static class Bound
{
    public static ProbeProgram Program(string text, params string[] arguments) =>
        new ProbeSource(text, "t").Bind(new SamplePoints(), new ProbeOptions { Arguments = arguments });

    /// <summary>The statements of the only probe.</summary>
    public static string Body(string text, params string[] arguments) => Text(Assert.Single(Program(text, arguments).Probes));

    public static string Text(Probe probe) => string.Join(' ', probe.Body.Statements.Select(ModelText.Of));

    /// <summary>The value that a kprobe's only statement assigns.</summary>
    public static string Value(string expression, string attachPoint = "kprobe:vfs_read", params string[] arguments)
    {
        Probe probe = Assert.Single(Program($"{attachPoint} {{ $x = {expression}; }}", arguments).Probes);
        return ModelText.Of(Assert.IsType<AssignVariable>(probe.Body.Statements[^1]).Value);
    }

    /// <summary>The error of a program, as it is shown.</summary>
    public static string Error(string text, params string[] arguments)
    {
        ProbeSource source = new(text, "t");
        return source.Describe(Assert.Throws<ProbeException>(() => source.Bind(new SamplePoints(), new ProbeOptions { Arguments = arguments })));
    }
}
