using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Parents;

/// <summary>
/// Joins the two spans of a request whose client and server are both on this machine, by their place in the TCP stream.
/// Their hooks run within microseconds of each other and in either order.
/// </summary>
internal sealed class StreamJoin
{
    private readonly Dictionary<StreamKey, Request> _clients = [];
    private readonly Dictionary<StreamKey, Request> _servers = [];

    /// <summary>The client's request that this server's request is, if it has begun.</summary>
    public Request? FindClient(StreamKey key) => key.IsValid && _clients.TryGetValue(key, out Request? client) ? client : null;

    /// <summary>The server's request that this client's request is, if it has begun.</summary>
    public Request? FindServer(StreamKey key) => key.IsValid && _servers.TryGetValue(key, out Request? server) ? server : null;

    /// <summary>A request has begun.</summary>
    public void Add(Request request, bool isServer)
    {
        if (request.Stream.IsValid)
        {
            (isServer ? _servers : _clients)[request.Stream] = request;
        }
    }

    /// <summary>A request is over: what has not found its other end by now has none here.</summary>
    public void Remove(Request request, bool isServer)
    {
        Dictionary<StreamKey, Request> requests = isServer ? _servers : _clients;
        if (request.Stream.IsValid && requests.TryGetValue(request.Stream, out Request? known) && known == request)
        {
            requests.Remove(request.Stream);
        }
    }
}
