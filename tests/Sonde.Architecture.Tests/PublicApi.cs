using System.Reflection;
using System.Runtime.InteropServices;

namespace Sonde.Architecture.Tests;

/// <summary>What others can use of an assembly, a line for each type and member, sorted.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Members that the compiler makes for every record: they say nothing.</summary>
    private static readonly HashSet<string> _ofEveryRecord =
        ["Equals", "GetHashCode", "ToString", "PrintMembers", "EqualityContract", "<Clone>$", "op_Equality", "op_Inequality", "Deconstruct", "get_EqualityContract"];

    public static IEnumerable<string> Of(string assembly)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string folder = Path.Combine(Repository.Root, "artifacts", "bin", assembly, configuration);
        string others = Path.Combine(Repository.Root, "artifacts", "bin", "Sonde.Probes", configuration);
        string[] references = [.. Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll"), .. Directory.GetFiles(folder, "*.dll"), .. Directory.GetFiles(others, "*.dll")];
        using MetadataLoadContext context = new(new PathAssemblyResolver(references.DistinctBy(Path.GetFileName)));
        return [.. context.LoadFromAssemblyPath(Path.Combine(folder, $"{assembly}.dll")).GetExportedTypes().SelectMany(LinesOf).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> LinesOf(Type type)
    {
        string name = NameOf(type);
        string bases = string.Join(", ", new[] { type.BaseType }.Concat(type.GetInterfaces()).OfType<Type>()
            .Where(each => each.FullName is not ("System.Object" or "System.ValueType" or "System.Enum" or "System.MulticastDelegate") && !each.Name.StartsWith("IEquatable", StringComparison.Ordinal))
            .Select(NameOf).Order(StringComparer.Ordinal));
        yield return $"{name}: {KindOf(type)}{(bases.Length > 0 ? $" of {bases}" : "")}";
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            if (LineOf(member) is { } line)
            {
                yield return $"{name}.{line}";
            }
        }
    }

    private static string KindOf(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type.BaseType?.FullName == "System.MulticastDelegate" ? "delegate"
        : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    private static string? LineOf(MemberInfo member) => member switch
    {
        _ when _ofEveryRecord.Contains(member.Name) => null,
        ConstructorInfo constructor when IsVisible(constructor) => $"new({ParametersOf(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsVisible(method) => $"{method.Name}{GenericsOf(method)}({ParametersOf(method)}) -> {NameOf(method.ReturnType)}",
        PropertyInfo property when (property.GetMethod ?? property.SetMethod) is { } accessor && IsVisible(accessor) =>
            $"{property.Name} -> {NameOf(property.PropertyType)}{(property.SetMethod is { } set && IsVisible(set) ? " (set)" : "")}",
        FieldInfo { IsSpecialName: false } field when field.IsPublic || field.IsFamily => $"{field.Name} -> {NameOf(field.FieldType)}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
        EventInfo { AddMethod: { } add } @event when IsVisible(add) => $"{@event.Name} -> event {NameOf(@event.EventHandlerType!)}",
        _ => null,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string ParametersOf(MethodBase method) => string.Join(", ", method.GetParameters().Select(each => $"{NameOf(each.ParameterType)} {each.Name}{(each.IsOptional ? "?" : "")}"));

    private static string GenericsOf(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(NameOf))}>" : "";

    private static string NameOf(Type type)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.HasElementType)
        {
            return NameOf(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsByRef ? "&" : "*");
        }

        string plain = (type.FullName ?? $"{type.Namespace}.{type.Name}").Split('[')[0].Replace('+', '.');
        plain = string.Join('.', plain.Split('.').Select(part => part.Split('`')[0]));
        return type.IsGenericType ? $"{plain}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : plain;
    }
}
