using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Types;

/// <summary>
/// A structure inside another value (Part 6 §5.2.2.15): decoded when its type is known here, else kept as the bytes that came.
/// At most one of <see cref="Body"/>, <see cref="Binary"/> and <see cref="Xml"/> is set; a null reference is the null object.
/// </summary>
public sealed class ExtensionObject
{
    /// <summary>Wraps a structure under its default binary encoding id.</summary>
    public ExtensionObject(IEncodable body)
    {
        Body = body;
        TypeId = new NodeId(body.EncodingId);
    }

    private ExtensionObject(NodeId typeId, byte[]? binary, string? xml)
    {
        TypeId = typeId;
        Binary = binary;
        Xml = xml;
    }

    /// <summary>Id of the encoding, not of the data type.</summary>
    public NodeId TypeId { get; }

    public IEncodable? Body { get; }

    /// <summary>Binary body of a type that is not known here.</summary>
    public byte[]? Binary { get; }
    public string? Xml { get; }

    public static ExtensionObject FromBinary(NodeId typeId, byte[] binary) => new(typeId, binary, null);
    public static ExtensionObject FromXml(NodeId typeId, string xml) => new(typeId, null, xml);

    /// <summary>A type id with nothing behind it.</summary>
    public static ExtensionObject WithoutBody(NodeId typeId) => new(typeId, null, null);

    public override string ToString() => Body?.ToString() ?? $"{TypeId} ({Binary?.Length ?? Xml?.Length ?? 0} undecoded)";
}
