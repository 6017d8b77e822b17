using System.Globalization;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary><c>software:page-faults:100</c>, <c>hardware:cache-misses:1000000</c>: every so many events.</summary>
internal sealed class PerfEventProvider(Machine machine, string name, IReadOnlyList<PerfEvent> events) : AttachProvider(machine, name)
{
    /// <summary>The processor's counters are there when perf has a device for them; x86 and arm64 call it differently.</summary>
    private const string Devices = "/sys/bus/event_source/devices";

    private bool IsHardware => ReferenceEquals(events, PerfEvents.Hardware);

    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        if (pattern.Parts.Count is not (1 or 2))
        {
            throw Malformed(pattern, $"{Name}:event:count, as in {Name}:{events[0].Name}:{events[0].Count}");
        }

        string wanted = pattern.Parts[0];
        PerfEvent found = events.FirstOrDefault(each => each.Name == wanted || (each.Alias.Length > 0 && each.Alias == wanted))
            ?? throw new ProbeException(Missing(wanted), pattern.Span);
        long count = found.Count;
        if (pattern.Parts is [_, { Length: > 0 } number] && (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count <= 0))
        {
            throw new ProbeException($"'{number}' is no count: a number above 0 stands there.", pattern.Span);
        }

        return [new(new PerfEventTarget(FullName([.. pattern.Parts]), IsHardware, found.Config, count), new RegisterContext(RegisterTable.Native, CodePlace.Anywhere, IsUser: false))];
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) =>
        events.Where(each => Wildcard.Matches(parts.Count == 0 ? "*" : parts[0], each.Name)).Select(each => new ListedAttachPoint(FullName(each.Name, ""), []));

    internal override string? ObstacleOf(AttachTarget target) => !IsHardware || HasCounters() ? null
        : "This machine shows no hardware counters, as most virtual machines do not. software:cpu-clock and profile:hz:99 sample by time instead.";

    private static bool HasCounters() => Directory.Exists(Devices)
        && Directory.EnumerateFileSystemEntries(Devices).Select(Path.GetFileName).Any(device => device!.StartsWith("cpu", StringComparison.Ordinal) || device.StartsWith("armv8", StringComparison.Ordinal));

    private string Missing(string wanted)
    {
        IReadOnlyList<string> near = NearestNames.Of(wanted, events.SelectMany(each => each.Alias.Length > 0 ? new[] { each.Name, each.Alias } : [each.Name]));
        return $"There is no {Name} event '{wanted}'.{Suggest([.. near.Select(each => FullName(each, ""))], $" There are {string.Join(", ", events.Select(each => each.Name))}.")}";
    }
}
