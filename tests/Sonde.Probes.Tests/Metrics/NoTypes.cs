using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Metrics;

internal sealed class NoTypes : IKernelTypes
{
    public static readonly NoTypes Instance = new();

    public TargetType? Find(string name) => null;

    public bool TryFindConstant(string name, out long value, out TargetInteger enumeration)
    {
        (value, enumeration) = (0, null!);
        return false;
    }
}
