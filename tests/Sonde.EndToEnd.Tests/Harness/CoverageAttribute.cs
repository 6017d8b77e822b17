using Xunit.v3;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>Whose spans a test compares with what happened.</summary>
[Flags]
public enum CoveredSide
{
    Client = 1,
    Server = 2,
    Both = Client | Server,
}

/// <summary>
/// A row of docs/coverage.md, which the test shows to be true. It travels as a trait in the test's results; eng/coverage.py makes the table
/// of them, with the result of this build.
/// </summary>
/// <param name="protocol">As people call it: <c>HTTP/1.1</c>.</param>
/// <param name="runtime">
/// The program or library that is observed; <c>{name}</c> stands for the theory's argument of that name.
/// </param>
/// <param name="side">Whose spans.</param>
/// <param name="captured">What is compared with the truth: attributes in a few words, commas between them.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CoverageAttribute(string protocol, string runtime, CoveredSide side, string captured) : Attribute, ITraitAttribute
{
    /// <summary>Whether the traffic is encrypted on the wire.</summary>
    public bool Encrypted { get; init; }

    /// <summary>What is known to be missing.</summary>
    public string Missing { get; init; } = "";

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() =>
        [.. new[] { CoveredSide.Client, CoveredSide.Server }.Where(each => side.HasFlag(each)).Select(each => KeyValuePair.Create(
            "Coverage", string.Join('|', protocol, runtime, Encrypted ? "encrypted" : "plain", each.ToString().ToLowerInvariant(), captured, Missing)))];
}
