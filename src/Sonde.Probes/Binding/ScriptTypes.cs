using Sonde.Probes.Attach;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>The types that a program can name: those of C's own, those it defines itself, and the kernel's.</summary>
internal sealed class ScriptTypes : IKernelTypes
{
    private readonly IKernelTypes _kernel;
    private readonly Dictionary<string, TargetType> _defined = [];
    private readonly Dictionary<string, long> _constants = [];

    /// <exception cref="ProbeException">A definition names a type that neither the program nor the kernel has.</exception>
    public ScriptTypes(ProgramSyntax program, IKernelTypes kernel)
    {
        _kernel = kernel;
        foreach (EnumerationSyntax enumeration in program.Enumerations)
        {
            _defined[enumeration.Name] = new TargetInteger(4, enumeration.Constants.Any(constant => constant.Value < 0));
            foreach ((string name, long value) in enumeration.Constants)
            {
                _constants[name] = value;
            }
        }

        List<ScriptStructure> structures = [];
        foreach (StructureSyntax syntax in program.Structures)
        {
            ScriptStructure structure = new(syntax);
            _defined[syntax.Name] = structure;
            structures.Add(structure);
        }

        foreach (TypedefSyntax typedef in program.Typedefs)
        {
            _defined[typedef.Name] = Resolve(typedef.Type);
        }

        structures.ForEach(structure => structure.Lay(this));
    }

    public IEnumerable<string> Names => _defined.Keys;

    public IEnumerable<string> Constants => _constants.Keys;

    public TargetType? Find(string name)
    {
        return _defined.TryGetValue(name, out TargetType? defined) || _defined.TryGetValue($"struct {name}", out defined) ? defined
            : name == "void" ? TargetVoid.Instance : (TargetType?)IntegerNames.Find(name.Split(' ')) ?? _kernel.Find(name);
    }

    public bool TryFindConstant(string name, out long value, out TargetInteger enumeration)
    {
        enumeration = new(4, true);
        return _constants.TryGetValue(name, out value) || _kernel.TryFindConstant(name, out value, out enumeration);
    }

    /// <summary>What a type's name means.</summary>
    /// <exception cref="ProbeException">There is no such type.</exception>
    public TargetType Resolve(TypeSyntax type)
    {
        TargetType? target = Find(type.Name);
        if (target is null && type.Pointers == 0)
        {
            throw Missing(type);
        }

        // A pointer to something unknown is as good as any, until it is followed.
        target ??= type.Name.StartsWith("struct ", StringComparison.Ordinal) || type.Name.StartsWith("union ", StringComparison.Ordinal)
            ? throw Missing(type)
            : _kernel.Find($"struct {type.Name}") ?? throw Missing(type);
        for (int i = 0; i < type.Pointers; i++)
        {
            TargetType pointed = target;
            target = new TargetPointer(() => pointed);
        }

        for (int i = type.Lengths.Count - 1; i >= 0; i--)
        {
            target = new TargetArray(target, type.Lengths[i]);
        }

        return target;
    }

    private ProbeException Missing(TypeSyntax type) =>
        new($"There is no type '{type.Name}' here: neither the program nor the kernel defines it.{Nearest.Question(type.Name, _defined.Keys)}", type.Span);
}
