using System.Text;

namespace Sonde.Tracing.Protocols.Redis;

/// <summary>What a command does to the connection that it comes on.</summary>
internal enum CommandKind : byte
{
    Plain,

    /// <summary>Begins a transaction.</summary>
    Multi,

    /// <summary>Ends a transaction: <c>EXEC</c>, <c>DISCARD</c>.</summary>
    Exec,
    Discard,

    /// <summary>Chooses the database by number.</summary>
    Select,

    /// <summary>Makes the connection as new.</summary>
    Reset,

    /// <summary>Answered once for each argument; with RESP2 the connection carries messages from then on.</summary>
    Subscribe,

    /// <summary>The connection carries something else once it is answered: a copy of all commands, the replication stream.</summary>
    Stream,

    /// <summary><c>CLIENT REPLY</c> makes the server answer no more.</summary>
    Client,

    /// <summary>Runs a stored script or function, which its first argument names.</summary>
    Procedure,

    /// <summary>Not answered when it succeeds: the server is gone.</summary>
    Shutdown,
}

/// <summary>Which of a command's arguments are keys, options and the like, which <c>db.query.text</c> has, and which are values.</summary>
/// <param name="Leading">So many arguments are kept.</param>
/// <param name="Stride">Behind them every so manieth is kept; 0: none.</param>
/// <param name="Kind">What it does to the connection.</param>
internal readonly record struct CommandRule(int Leading, int Stride, CommandKind Kind)
{
    /// <summary>Whether an argument is kept; the command's name is number 0.</summary>
    public bool Keeps(int argument) =>
        argument <= Leading || (Stride > 0 && (argument - Leading) % Stride == 0);
}

/// <summary>
/// The commands of Redis and Valkey (redis.io/commands). Of one that is not here, a module's or a newer server's, no argument is kept: where
/// its values are is not known. Values, members, scores and passwords are never kept.
/// </summary>
internal static class RedisCommands
{
    private const int MaxName = 32;
    private const int All = int.MaxValue;

    private static readonly Dictionary<string, CommandRule>.AlternateLookup<ReadOnlySpan<char>> s_rules = Rules().GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The rule of a command, in whatever case it is written.</summary>
    public static CommandRule Find(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[MaxName];
        return name.Length <= MaxName && s_rules.TryGetValue(text[..Encoding.Latin1.GetChars(name, text)], out CommandRule rule) ? rule : default;
    }

    /// <summary>Whether it is one of the commands that are known.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[MaxName];
        return name.Length <= MaxName && s_rules.ContainsKey(text[..Encoding.Latin1.GetChars(name, text)]);
    }

    private static Dictionary<string, CommandRule> Rules()
    {
        var rules = new Dictionary<string, CommandRule>(StringComparer.OrdinalIgnoreCase);
        // Neither keys nor anything else that may be shown: passwords, scripts, patterns, text.
        Add("AUTH ECHO EVAL EVAL_RO FAILOVER KEYS MIGRATE PING REPLICAOF ROLE SAVE BGSAVE BGREWRITEAOF LASTSAVE DBSIZE FLUSHALL FLUSHDB INFO LOLWUT "
            + "QUIT RANDOMKEY READONLY READWRITE ASKING SCAN SLAVEOF SWAPDB SYNC TIME UNWATCH WAIT WAITAOF", 0);
        // The subcommand, or the protocol's version.
        Add("ACL CLUSTER COMMAND DEBUG FUNCTION HELLO LATENCY MODULE PUBSUB SCRIPT SENTINEL SLOWLOG", 1);
        // One key or channel, then values, options, numbers.
        Add("APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS DECR DECRBY DELEX DUMP EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GEOHASH GEOPOS GEORADIUS "
            + "GEORADIUS_RO GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEOSEARCH GET GETBIT GETDEL GETEX GETRANGE GETSET HGETALL HKEYS HLEN HRANDFIELD HSCAN "
            + "HVALS INCR INCRBY INCRBYFLOAT LINDEX LINSERT LLEN LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM MOVE PERSIST PEXPIRE PEXPIREAT "
            + "PEXPIRETIME PFADD PSETEX PTTL PUBLISH RESTORE RPOP RPUSH RPUSHX SADD SCARD SET SETBIT SETEX SETNX SETRANGE SISMEMBER SMEMBERS "
            + "SMISMEMBER SPOP SPUBLISH SRANDMEMBER SREM SSCAN STRLEN SUBSTR TTL TYPE XACK XADD XAUTOCLAIM XCLAIM XDEL XLEN XPENDING XRANGE "
            + "XREVRANGE XSETID XTRIM ZADD ZCARD ZCOUNT ZINCRBY ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK "
            + "ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE", 1);
        // Key and field, two keys, or a subcommand and its object.
        Add("CONFIG COPY GEOSEARCHSTORE HEXISTS HGET HINCRBY HINCRBYFLOAT HSETNX HSTRLEN MEMORY RENAME RENAMENX RPOPLPUSH BRPOPLPUSH SMOVE XINFO "
            + "ZRANGESTORE", 2);
        Add("XGROUP", 3);
        Add("LMOVE BLMOVE", 4);
        // Keys, fields, channels and options only.
        Add("BITOP BLPOP BLMPOP BRPOP BZMPOP BZPOPMAX BZPOPMIN DEL EXISTS HDEL HMGET LCS LMPOP MGET OBJECT PFCOUNT PFMERGE SDIFF SDIFFSTORE SINTER "
            + "SINTERCARD SINTERSTORE SORT SORT_RO SUNION SUNIONSTORE TOUCH UNLINK WATCH XREAD XREADGROUP ZDIFF ZDIFFSTORE ZINTER ZINTERCARD "
            + "ZINTERSTORE ZMPOP ZUNION ZUNIONSTORE", All);
        // Keys and values in turn; a key, then fields and values in turn.
        Add("MSET MSETNX", 1, 2);
        Add("HSET HMSET", 2, 2);
        Add("MULTI", 0, 0, CommandKind.Multi);
        Add("EXEC", 0, 0, CommandKind.Exec);
        Add("DISCARD", 0, 0, CommandKind.Discard);
        Add("SELECT", 1, 0, CommandKind.Select);
        Add("RESET", 0, 0, CommandKind.Reset);
        Add("SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE", All, 0, CommandKind.Subscribe);
        Add("MONITOR PSYNC SYNC", 0, 0, CommandKind.Stream);
        Add("CLIENT", 1, 0, CommandKind.Client);
        Add("EVALSHA EVALSHA_RO FCALL FCALL_RO", 1, 0, CommandKind.Procedure);
        Add("SHUTDOWN", 0, 0, CommandKind.Shutdown);
        return rules;

        void Add(string names, int leading, int stride = 0, CommandKind kind = CommandKind.Plain)
        {
            foreach (string name in names.Split(' '))
            {
                rules[name] = new CommandRule(leading, stride, kind);
            }
        }
    }
}
