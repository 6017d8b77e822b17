namespace Sonde.Agent.Doctor;

/// <summary>How one thing stands.</summary>
internal enum Condition
{
    /// <summary>There, and used.</summary>
    Good,

    /// <summary>Not there; something is lost, but Sonde runs.</summary>
    Lost,

    /// <summary>Not there, and Sonde can't run without it.</summary>
    Missing,

    /// <summary>Could not be found out.</summary>
    Unknown,

    /// <summary>Said for completeness; nothing depends on it.</summary>
    Note,
}

/// <summary>One line of a diagnosis.</summary>
/// <param name="Group">What it belongs to: kernel, privileges, hooks.</param>
/// <param name="Name">What was looked at.</param>
/// <param name="Condition">How it stands.</param>
/// <param name="Found">What was found, in a few words.</param>
/// <param name="Meaning">What it is good for, or what is lost.</param>
internal sealed record DiagnosisRow(string Group, string Name, Condition Condition, string Found, string Meaning);

/// <summary>Whether this machine can be traced, and why.</summary>
/// <param name="Release">The kernel, as <c>uname -r</c> says it.</param>
/// <param name="Rows">What was looked at, in the order it is shown in.</param>
/// <param name="CanRun">Whether <c>sonde run</c> can work here.</param>
/// <param name="Sentence">The verdict in one sentence: that it can, or what to do.</param>
internal sealed record Diagnosis(string Release, IReadOnlyList<DiagnosisRow> Rows, bool CanRun, string Sentence);
