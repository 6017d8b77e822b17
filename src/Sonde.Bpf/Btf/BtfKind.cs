namespace Sonde.Bpf.Btf;

/// <summary>The kinds of type in BTF (<c>BTF_KIND_*</c>, Documentation/bpf/btf.rst).</summary>
public enum BtfKind
{
    Void,
    Int,
    Pointer,
    Array,
    Struct,
    Union,
    Enum,
    Forward,
    Typedef,
    Volatile,
    Const,
    Restrict,
    Function,
    FunctionPrototype,
    Variable,
    DataSection,
    Float,
    DeclarationTag,
    TypeTag,
    Enum64,
}
