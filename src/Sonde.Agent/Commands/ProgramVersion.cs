using System.Reflection;

namespace Sonde.Agent.Commands;

/// <summary>Which Sonde this is.</summary>
internal static class ProgramVersion
{
    /// <summary>The version without the build's own additions, for example <c>0.1.0</c>.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
