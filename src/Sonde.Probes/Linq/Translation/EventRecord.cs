using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Text;

namespace Sonde.Probes.Linq.Translation;

/// <summary>A property of a record of events.</summary>
/// <param name="Property">The property.</param>
/// <param name="Source">What it is, in the probe language.</param>
/// <param name="IsNetworkOrder">Its bytes are to be swapped.</param>
internal sealed record EventField(PropertyInfo Property, string Source, bool IsNetworkOrder);

/// <summary>A type whose objects are events: where they come from, and what its properties are.</summary>
internal sealed class EventRecord
{
    /// <summary>What reflection needs of such a type.</summary>
    public const DynamicallyAccessedMemberTypes Needs = DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicProperties;

    private readonly ConstructorInfo? _constructor;

    private EventRecord([DynamicallyAccessedMembers(Needs)] Type type)
    {
        Event = Expression.Parameter(type, "e");
        AttachPoint = type.GetCustomAttribute<AttachPointAttribute>(inherit: false);
        Fields = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.GetCustomAttribute<NotInEventAttribute>() is null)
            .Select(FieldOf)];
        ConstructorInfo[] constructors = [.. type.GetConstructors().OrderBy(each => each.GetParameters().Length)];
        _constructor = constructors.FirstOrDefault(each => each.GetParameters().Length == 0) ?? constructors.LastOrDefault();
    }

    /// <summary>An event of this record, in expressions.</summary>
    public ParameterExpression Event { get; }

    public AttachPointAttribute? AttachPoint { get; }

    public IReadOnlyList<EventField> Fields { get; }

    public string Name => Event.Type.Name;

    public static EventRecord Of([DynamicallyAccessedMembers(Needs)] Type type) => new(type);

    public EventField? Find(string property) => Fields.FirstOrDefault(field => field.Property.Name == property);

    /// <summary>An event with these values of its <see cref="Fields"/>.</summary>
    public object Make(object?[] values)
    {
        ConstructorInfo constructor = _constructor ?? throw new InvalidOperationException($"{Name} has no public constructor.");
        ParameterInfo[] parameters = constructor.GetParameters();
        object?[] arguments = new object?[parameters.Length];
        bool[] isGiven = new bool[values.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            int field = Fields.TakeWhile(each => !string.Equals(each.Property.Name, parameters[i].Name, StringComparison.OrdinalIgnoreCase)).Count();
            if (field == Fields.Count)
            {
                throw new InvalidOperationException($"{Name}'s constructor wants '{parameters[i].Name}', which no property is called.");
            }

            (arguments[i], isGiven[field]) = (values[field], true);
        }

        object made = constructor.Invoke(arguments);
        for (int i = 0; i < values.Length; i++)
        {
            if (!isGiven[i] && Fields[i].Property.SetMethod is not null)
            {
                Fields[i].Property.SetValue(made, values[i]);
            }
        }

        return made;
    }

    private static EventField FieldOf(PropertyInfo property)
    {
        FieldAttribute? field = property.GetCustomAttribute<FieldAttribute>();
        string source = property.GetCustomAttribute<ValueAttribute>()?.Expression ?? $"args.{field?.Path ?? LowerCase(property.Name)}";
        return new(property, source, field is { IsNetworkOrder: true });
    }

    /// <summary><c>old_pid</c> for <c>OldPid</c>.</summary>
    internal static string LowerCase(string name)
    {
        StringBuilder text = new();
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0 && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
