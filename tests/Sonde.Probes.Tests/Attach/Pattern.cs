using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Attach;

/// <summary>Attach patterns from their text.</summary>
internal static class Pattern
{
    internal static AttachPattern Of(string text)
    {
        string[] parts = text.Split(':');
        return new(parts[0], parts[1..], new SourceSpan(0, text.Length));
    }
}
