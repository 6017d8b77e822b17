using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.PostgreSql;

/// <summary>A statement that was given to the server to be executed, once or often.</summary>
/// <param name="Statement">What it says.</param>
/// <param name="IsCut">Whether it was longer than what was captured.</param>
internal readonly record struct Prepared(SqlStatement Statement, bool IsCut)
{
    /// <summary>It was prepared unseen.</summary>
    public static Prepared Unknown => new(SqlStatement.Unknown, false);
}

/// <summary>The statements and portals of a session by their names; what is too much is not remembered, and so unknown.</summary>
internal sealed class PreparedStatements
{
    private const int MaxStatements = 1024;
    private const int MaxPortals = 64;

    private readonly Dictionary<byte[], Prepared> _statements = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], Prepared> _portals = new(BytesComparer.Instance);
    private Prepared _statement;
    private Prepared _portal;

    public void Clear()
    {
        _statements.Clear();
        _portals.Clear();
        (_statement, _portal) = (Prepared.Unknown, Prepared.Unknown);
    }

    public void Prepare(ReadOnlySpan<byte> name, in Prepared statement) => Put(_statements, ref _statement, name, statement, MaxStatements);

    public void Bind(ReadOnlySpan<byte> portal, ReadOnlySpan<byte> name) => Put(_portals, ref _portal, portal, Find(_statements, _statement, name), MaxPortals);

    public Prepared OfPortal(ReadOnlySpan<byte> portal) => Find(_portals, _portal, portal);

    /// <summary>Forgets a statement (<c>S</c>) or a portal (<c>P</c>).</summary>
    public void Close(byte kind, ReadOnlySpan<byte> name)
    {
        Dictionary<byte[], Prepared> named = kind == 'S' ? _statements : _portals;
        named.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name);
    }

    /// <summary>The transaction is over, and its portals with it.</summary>
    public void EndTransaction() => _portals.Clear();

    private static Prepared Find(Dictionary<byte[], Prepared> named, in Prepared unnamed, ReadOnlySpan<byte> name) =>
        name.IsEmpty ? unnamed : named.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out Prepared found) ? found : Prepared.Unknown;

    private static void Put(Dictionary<byte[], Prepared> named, ref Prepared unnamed, ReadOnlySpan<byte> name, in Prepared statement, int limit)
    {
        if (name.IsEmpty)
        {
            unnamed = statement;
            return;
        }

        var lookup = named.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (named.Count < limit || lookup.ContainsKey(name))
        {
            lookup[name] = statement;
        }
    }
}
