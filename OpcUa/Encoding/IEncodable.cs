namespace PatchEdge.OpcUa.Encoding;

/// <summary>A structure or message with a default binary encoding of namespace 0.</summary>
public interface IEncodable
{
    /// <summary>Numeric id of the default binary encoding, as it stands before a message or in an ExtensionObject.</summary>
    uint EncodingId { get; }

    /// <summary>Writes the fields in wire order, without the encoding id.</summary>
    void Encode(UaBinaryWriter writer);
}

/// <summary>The static side of a structure: what is known of the type before there is an instance.</summary>
public interface IEncodable<TSelf> : IEncodable where TSelf : IEncodable<TSelf>
{
    static abstract uint BinaryEncodingId { get; }

    /// <summary>Fewest bytes that one instance takes; bounds the arrays that a peer can make us allocate.</summary>
    static abstract int MinimumSize { get; }

    /// <summary>Reads the fields in wire order.</summary>
    /// <exception cref="Types.UaException">BadDecodingError or BadEncodingLimitsExceeded; nothing else.</exception>
    static abstract TSelf Decode(ref UaBinaryReader reader);

    uint IEncodable.EncodingId => TSelf.BinaryEncodingId;
}
