namespace Sonde.Tracing.Protocols.Sql;

/// <summary>What an operation does to its target, as far as it decides an attribute.</summary>
internal enum SqlVerb : byte
{
    Other,

    /// <summary>Reads or changes a table.</summary>
    Access,

    /// <summary>Calls a stored procedure.</summary>
    Call,

    /// <summary>Makes a database the current one.</summary>
    Use,
}

/// <summary>Gathers operations and targets.</summary>
internal sealed class SummaryBuilder
{
    /// <summary>A summary ends before the operation or target that does not fit (semantic conventions).</summary>
    private const int MaxLength = 255;

    private readonly byte[] _summary = new byte[MaxLength];
    private byte[] _text = [];
    private byte[] _operation = [];
    private byte[] _target = [];
    private int _length;
    private int _operations;
    private int _targets;
    private SqlVerb _verb;
    private bool _isFull;

    /// <summary>The statement.</summary>
    public ReadOnlySpan<byte> Text => _text;

    public void Clear(byte[] text)
    {
        _text = text;
        (_length, _operations, _targets, _isFull) = (0, 0, 0, false);
    }

    public void Operate(ReadOnlySpan<byte> operation, SqlVerb verb)
    {
        _verb = verb;
        if (_operations++ == 0)
        {
            _operation = operation.ToArray();
        }

        Append(operation);
    }

    /// <summary>An operation of two words.</summary>
    public void Operate(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> kind) => Operate([.. verb, (byte)' ', .. kind], SqlVerb.Other);

    public void Target(ReadOnlySpan<byte> target)
    {
        if (_targets++ == 0)
        {
            _target = target.ToArray();
        }

        Append(target);
    }

    public SqlStatement Build()
    {
        bool isOne = _operations == 1;
        byte[] target = isOne && _targets == 1 ? _target : [];
        return new SqlStatement
        {
            Text = _text,
            Summary = _summary.AsSpan(0, _length).ToArray(),
            Operation = isOne ? _operation : [],
            Collection = _verb == SqlVerb.Access ? target : [],
            Procedure = _verb == SqlVerb.Call ? target : [],
            Database = _verb == SqlVerb.Use ? Unquote(target) : [],
        };
    }

    private void Append(ReadOnlySpan<byte> part)
    {
        int space = _length > 0 ? 1 : 0;
        _isFull |= _length + space + part.Length > MaxLength;
        if (_isFull)
        {
            return;
        }

        if (space > 0)
        {
            _summary[_length++] = (byte)' ';
        }

        part.CopyTo(_summary.AsSpan(_length));
        _length += part.Length;
    }

    private static byte[] Unquote(byte[] name) => name.Length > 2 && name[0] is (byte)'`' or (byte)'[' or (byte)'"' ? name[1..^1] : name;
}
