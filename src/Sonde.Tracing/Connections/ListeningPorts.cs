using System.Globalization;

namespace Sonde.Tracing.Connections;

/// <summary>Which ports of a network namespace are listened on: whose local port is among them was most likely accepted.</summary>
internal interface IListeningPorts
{
    /// <summary>Whether a TCP socket of the namespace listens on the port.</summary>
    /// <param name="networkNamespace">Its inode number.</param>
    /// <param name="pid">A process in it.</param>
    /// <param name="port">In host order.</param>
    bool Listens(uint networkNamespace, uint pid, int port);
}

/// <summary>
/// Reads <c>/proc/PID/net/tcp</c> and <c>tcp6</c>, once a namespace and again at most every minute. Only connections that were open before
/// Sonde ask. Listening sockets stand first there (net/ipv4/tcp_ipv4.c: tcp_get_idx), so however many connections follow cost nothing.
/// </summary>
/// <param name="clock">Nanoseconds of the monotonic clock.</param>
/// <param name="open">Opens a file by its path, or null when it cannot be read.</param>
internal sealed class ListeningPorts(Func<ulong> clock, Func<string, TextReader?> open) : IListeningPorts
{
    private const ulong Age = 60_000_000_000;

    /// <summary>Namespaces that are remembered; with more all of them are read anew.</summary>
    private const int MaxNamespaces = 1024;

    /// <summary>TCP_LISTEN (include/net/tcp_states.h).</summary>
    private const string ListenState = "0A";

    private readonly Dictionary<uint, (ulong Read, HashSet<int> Ports)> _namespaces = [];

    public static ListeningPorts OfThisMachine() => new(() => Requests.MonotonicClock.Now, path =>
    {
        try
        {
            return new StreamReader(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    });

    public bool Listens(uint networkNamespace, uint pid, int port)
    {
        ulong now = clock();
        if (!_namespaces.TryGetValue(networkNamespace, out (ulong Read, HashSet<int> Ports) known) || now - known.Read > Age)
        {
            if (_namespaces.Count >= MaxNamespaces)
            {
                _namespaces.Clear();
            }

            HashSet<int> ports = [];
            string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/net/");
            Read(folder + "tcp", ports);
            Read(folder + "tcp6", ports);
            _namespaces[networkNamespace] = known = (now, ports);
        }

        return known.Ports.Contains(port);
    }

    private void Read(string path, HashSet<int> ports)
    {
        using TextReader? file = open(path);
        try
        {
            // The first line names the columns.
            file?.ReadLine();
            while (file?.ReadLine() is { } line && TryRead(line, out int port))
            {
                ports.Add(port);
            }
        }
        catch (IOException)
        {
            // The process has ended.
        }
    }

    /// <summary>Reads a line: <c>0: 0100007F:1F90 00000000:0000 0A …</c>; false when its socket does not listen.</summary>
    private static bool TryRead(ReadOnlySpan<char> line, out int port)
    {
        port = 0;
        Span<Range> words = stackalloc Range[5];
        if (line.Split(words, ' ', StringSplitOptions.RemoveEmptyEntries) < 4 || !line[words[3]].SequenceEqual(ListenState))
        {
            return false;
        }

        ReadOnlySpan<char> local = line[words[1]];
        return int.TryParse(local[(local.IndexOf(':') + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out port);
    }
}
