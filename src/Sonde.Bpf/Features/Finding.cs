namespace Sonde.Bpf.Features;

/// <summary>What a probe found. <see cref="Unknown"/> is not <see cref="No"/>: the question could not be asked.</summary>
public enum Verdict
{
    Unknown,
    No,
    Yes,
}

/// <summary>The answer to a probe.</summary>
/// <param name="Verdict">Yes, no, or unknown.</param>
/// <param name="Detail">What was found, or the error that says why not; a few words.</param>
public readonly record struct Finding(Verdict Verdict, string Detail)
{
    public bool IsYes => Verdict == Verdict.Yes;

    public static Finding Yes(string detail = "") => new(Verdict.Yes, detail);

    public static Finding No(string detail) => new(Verdict.No, detail);

    public static Finding Unknown(string detail) => new(Verdict.Unknown, detail);
}
