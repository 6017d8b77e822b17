namespace Sonde.Probes.Attach.Types;

/// <summary>
/// Members that later kernels call something else: programs that were written before still mean them. Asked only when a structure
/// has no member of the old name.
/// </summary>
internal static class RenamedMembers
{
    private static readonly (string Structure, string Old, string New)[] _all =
    [
        ("task_struct", "state", "__state"), // Linux 5.14
        ("cfs_rq", "nr_running", "nr_queued"), // Linux 6.14
        ("cfs_rq", "h_nr_running", "h_nr_queued"), // Linux 6.14
    ];

    internal static string? Find(string structure, string name)
    {
        foreach ((string owner, string old, string now) in _all)
        {
            if (owner == structure && old == name)
            {
                return now;
            }
        }

        return null;
    }
}
