using System.Diagnostics;

namespace PatchEdge.OpcUa.Types;

/// <summary>
/// Identifies a node within one server's address space (Part 3 §8.2). <c>default</c> is the null NodeId, <c>i=0</c>.
/// Equality compares namespace index, kind and identifier; opaque identifiers by content.
/// </summary>
public readonly struct NodeId : IEquatable<NodeId>
{
    // String, boxed Guid or byte[]; null for a numeric identifier. Numeric ones, the many, cost no object.
    private readonly object? identifier;
    private readonly uint number;

    public NodeId(uint identifier, ushort namespaceIndex = 0)
    {
        number = identifier;
        NamespaceIndex = namespaceIndex;
        IdType = IdType.Numeric;
    }

    public NodeId(string identifier, ushort namespaceIndex)
    {
        ArgumentNullException.ThrowIfNull(identifier);
        this.identifier = identifier;
        NamespaceIndex = namespaceIndex;
        IdType = IdType.String;
    }

    public NodeId(Guid identifier, ushort namespaceIndex)
    {
        this.identifier = identifier;
        NamespaceIndex = namespaceIndex;
        IdType = IdType.Guid;
    }

    /// <summary>An opaque identifier; the array is kept, not copied, and must not change.</summary>
    public NodeId(byte[] identifier, ushort namespaceIndex)
    {
        ArgumentNullException.ThrowIfNull(identifier);
        this.identifier = identifier;
        NamespaceIndex = namespaceIndex;
        IdType = IdType.Opaque;
    }

    public static NodeId Null => default;

    public ushort NamespaceIndex { get; }
    public IdType IdType { get; }

    /// <summary>Numeric zero in namespace 0, or an empty identifier of another kind there (Part 3 §8.2.4).</summary>
    public bool IsNull => NamespaceIndex == 0 && IdType switch
    {
        IdType.Numeric => number == 0,
        IdType.String => ((string)identifier!).Length == 0,
        IdType.Guid => (Guid)identifier! == Guid.Empty,
        _ => ((byte[])identifier!).Length == 0,
    };

    /// <summary>The numeric identifier; 0 when the identifier is of another kind.</summary>
    public uint NumericIdentifier => number;
    public string? StringIdentifier => identifier as string;
    public Guid? GuidIdentifier => identifier as Guid?;
    public ReadOnlySpan<byte> OpaqueIdentifier => identifier as byte[];

    /// <summary>The same identifier under another namespace index.</summary>
    public NodeId WithNamespace(ushort namespaceIndex) => IdType switch
    {
        IdType.Numeric => new(number, namespaceIndex),
        IdType.String => new((string)identifier!, namespaceIndex),
        IdType.Guid => new((Guid)identifier!, namespaceIndex),
        _ => new((byte[])identifier!, namespaceIndex),
    };

    public bool Equals(NodeId other) =>
        number == other.number && NamespaceIndex == other.NamespaceIndex && IdType == other.IdType && IdType switch
        {
            IdType.Numeric => true,
            IdType.String => string.Equals((string?)identifier, (string?)other.identifier, StringComparison.Ordinal),
            IdType.Guid => (Guid)identifier! == (Guid)other.identifier!,
            IdType.Opaque => OpaqueIdentifier.SequenceEqual(other.OpaqueIdentifier),
            _ => throw new UnreachableException(),
        };

    public override bool Equals(object? obj) => obj is NodeId other && Equals(other);

    public override int GetHashCode()
    {
        if (identifier is not byte[] opaque) return HashCode.Combine(NamespaceIndex, number, identifier);
        var hash = new HashCode();
        hash.Add(NamespaceIndex);
        hash.AddBytes(opaque);
        return hash.ToHashCode();
    }

    /// <summary>The notation of Part 6 §5.3.1.10: <c>ns=2;s=Tag</c>, <c>i=85</c>.</summary>
    public override string ToString() => NodeIdText.Format(this);

    public static NodeId Parse(string text) =>
        TryParse(text, out NodeId nodeId) ? nodeId : throw new FormatException($"'{text}' is no NodeId. {NodeIdText.Expected}");

    /// <summary>Reads <c>ns=2;s=Tag</c> and its like; <c>nsu=</c> needs a namespace table and is an <see cref="ExpandedNodeId"/>.</summary>
    public static bool TryParse(string? text, out NodeId nodeId) => NodeIdText.TryParse(text, out nodeId);

    public static bool operator ==(NodeId left, NodeId right) => left.Equals(right);
    public static bool operator !=(NodeId left, NodeId right) => !left.Equals(right);

    /// <summary>A numeric identifier of namespace 0, as the well-known ids are written.</summary>
    public static implicit operator NodeId(uint identifier) => new(identifier);
    public static NodeId FromUInt32(uint identifier) => new(identifier);
}
