using System.Globalization;
using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>A clause being bound for one kind of event: the statements so far, and what names mean.</summary>
internal sealed class ClauseScope(ProgramScope program, EventContext @event, VariableTable variables)
{
    private readonly List<ProbeVariable> _temporaries = [];
    private List<Statement> _steps = [];

    public ProgramScope Program => program;

    public VariableTable Variables => variables;

    public IEnumerable<ProbeVariable> AllVariables => [.. variables.Variables, .. _temporaries];

    /// <summary>The event that runs the clause.</summary>
    public EventContext Event
    {
        get
        {
            DependsOnEvent = true;
            return @event;
        }
    }

    /// <summary>Something was asked about the event: for another one the same text may mean something else.</summary>
    public bool DependsOnEvent { get; private set; }

    /// <summary>The clause asks which attach point it runs at.</summary>
    public bool NamesProbe { get; set; }

    /// <summary>How a number is followed that was not read from anywhere that says.</summary>
    public AddressSpace DefaultSpace => Event.IsUserSpace ? AddressSpace.User : AddressSpace.Kernel;

    /// <summary>Rounds of the <c>unroll</c>s around what is being bound, multiplied.</summary>
    public long UnrolledRounds { get; set; } = 1;

    /// <summary>Loops around what is being bound.</summary>
    public int Loops { get; set; }

    public void Add(Statement statement) => _steps.Add(statement);

    /// <summary>Binds something whose statements are not to follow those so far.</summary>
    public T Apart<T>(Func<T> bind, out List<Statement> steps)
    {
        List<Statement> outer = _steps;
        _steps = steps = [];
        T result = bind();
        _steps = outer;
        return result;
    }

    /// <summary>A variable of the compiler's own.</summary>
    public ProbeVariable Temporary(ProbeType type)
    {
        ProbeVariable variable = new(string.Create(CultureInfo.InvariantCulture, $"$.{_temporaries.Count + 1}"), type);
        _temporaries.Add(variable);
        return variable;
    }

    /// <summary>
    /// A value for a place of a type: the strings in a tuple lie where the place has them, so they take as much room as there. Everything
    /// else suits as it is.
    /// </summary>
    public Expression Fitted(Expression value, ProbeType type)
    {
        if (type is not TupleType tuple || value.Type is not TupleType given || given == tuple)
        {
            return value;
        }

        Expression[] items = new Expression[tuple.Items.Count];
        for (int i = 0; i < items.Length; i++)
        {
            Expression item = value is TupleValue known ? known.Items[i] : new TupleItem(value, i, given.Items[i], value.Span);
            items[i] = item.Type.Size == tuple.Items[i].Size ? item : Kept(Fitted(item, tuple.Items[i]), tuple.Items[i]);
        }

        return new TupleValue(items, tuple, value.Span);
    }

    /// <summary>Keeps a value in a variable of the compiler's own, so that it is evaluated once and now.</summary>
    public VariableValue Keep(Expression value) => Kept(value, Inferred.Of(value).Type);

    private VariableValue Kept(Expression value, ProbeType type)
    {
        ProbeVariable variable = Temporary(type);
        Add(new AssignVariable(variable, value, value.Span));
        return new(variable, value.Span);
    }
}
