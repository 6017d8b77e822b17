using System.Net;
using System.Net.Sockets;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>Ports that are free, each handed out once: the spans of a shared agent are told apart by port.</summary>
internal static class Ports
{
    private static readonly HashSet<int> s_taken = [];

    /// <summary>A port that nobody listens on, and that no other test was given.</summary>
    public static int Take(IPAddress address)
    {
        while (true)
        {
            using TcpListener listener = new(address, 0);
            listener.Start();
            int port = ((IPEndPoint)listener.LocalEndpoint).Port;
            lock (s_taken)
            {
                if (s_taken.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
