using System.Net;
using System.Reflection;
using Sonde.Probes.Binding;
using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Linq.Translation;

/// <summary>The properties of a record as values of the event that a clause is bound for: here the record is checked against the kernel.</summary>
/// <param name="scope">The clause.</param>
/// <param name="record">The record.</param>
/// <param name="text">The query's text, which holds what each field is.</param>
internal sealed class FieldBinder(ClauseScope scope, EventRecord record, QueryText text)
{
    private readonly ExpressionBinder _binder = new(scope);

    /// <exception cref="ProbeException">The record has no such property, or the event has not what it says: the message names the property.</exception>
    public Expression Bind(MemberInfo member)
    {
        EventField field = record.Find(member.Name)
            ?? throw new ProbeException($"{record.Name}.{member.Name} is no part of the event.", text.SpanOf(record));
        SourceSpan span = text.SpanOf(field);
        try
        {
            return Bind(field, Parser.ParseExpression(text.Text, span.Start));
        }
        catch (ProbeException error)
        {
            throw new ProbeException($"{record.Name}.{field.Property.Name}: {error.Message}", span, error);
        }
    }

    private Expression Bind(EventField field, ExpressionSyntax syntax)
    {
        Type type = field.Property.PropertyType;
        if (type == typeof(IPAddress))
        {
            return _binder.Value(Call("ntop", syntax));
        }

        Expression value = _binder.Value(syntax);
        if (type == typeof(string))
        {
            return value.Type is IntegerType or PointerType ? _binder.Value(Call("str", syntax))
                : value.Type is StringType ? value
                : throw Differs("a string", value, syntax);
        }

        if (type == typeof(byte[]))
        {
            return value.Type is BufferType ? value : throw new ProbeException("bytes are read with [Value(\"buf(args.field, length)\")].", syntax.Span);
        }

        IntegerType wanted = Numbers.TypeOf(type)
            ?? throw new ProbeException($"a property of type {type.Name} cannot come from the kernel: numbers, enumerations, bool, string, IPAddress and byte[] can.", syntax.Span);
        return Number(field, value, wanted, syntax);
    }

    private static Expression Number(EventField field, Expression value, IntegerType wanted, ExpressionSyntax syntax)
    {
        int width = value.Type switch
        {
            IntegerType integer => integer.Width,
            PointerType => 8,
            _ => throw Differs("a number", value, syntax),
        };
        Type type = field.Property.PropertyType;
        if (type == typeof(bool))
        {
            return Operators.Binary(BinaryOperator.NotEqual, value, new IntegerLiteral(0, IntegerType.Int64, syntax.Span), syntax.Span);
        }

        if (width > wanted.Width && value is not IntegerLiteral)
        {
            throw new ProbeException($"the kernel's has {width} bytes, and {type.Name} only {wanted.Width}: declare a larger type.", syntax.Span);
        }

        if (field.IsNetworkOrder)
        {
            value = new Unary(UnaryOperator.SwapBytes, value, new IntegerType(width, false), syntax.Span);
        }

        return CSharpNumbers.Fitted(value, wanted, syntax.Span);
    }

    private static ProbeException Differs(string wanted, Expression value, ExpressionSyntax syntax) =>
        new($"the kernel's is {TypeText.Of(value.Type)}, not {wanted}.", syntax.Span);

    private static CallSyntax Call(string function, ExpressionSyntax argument) => new(function, argument.Span, [argument], argument.Span);
}
