namespace PatchEdge.OpcUa.Types;

/// <summary>A name qualified by a namespace index (Part 3 §8.3). <c>default</c> is the null name; null and empty differ.</summary>
public readonly record struct QualifiedName(ushort NamespaceIndex, string? Name)
{
    /// <summary>A name of namespace 0.</summary>
    public QualifiedName(string? name) : this(0, name) { }

    public bool IsNull => Name is null && NamespaceIndex == 0;

    /// <summary><c>2:Name</c>, or the bare name in namespace 0.</summary>
    public override string ToString() => NamespaceIndex == 0 ? Name ?? "" : $"{NamespaceIndex}:{Name}";
}
