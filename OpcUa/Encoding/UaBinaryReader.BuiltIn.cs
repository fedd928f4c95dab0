using System.Runtime.CompilerServices;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

// Identifiers, names, diagnostics and extension objects: Part 6 §5.2.2.9 to §5.2.2.15.
public ref partial struct UaBinaryReader
{
    private const byte NamespaceUriFlag = 0x80;
    private const byte ServerIndexFlag = 0x40;
    private static readonly DiagnosticInfo Nothing = new();

    public NodeId ReadNodeId() => ReadNodeId(ReadByte());

    public ExpandedNodeId ReadExpandedNodeId()
    {
        byte form = ReadByte();
        NodeId nodeId = ReadNodeId((byte)(form & ~(NamespaceUriFlag | ServerIndexFlag)));
        string? namespaceUri = (form & NamespaceUriFlag) != 0 ? ReadString() : null;
        uint serverIndex = (form & ServerIndexFlag) != 0 ? ReadUInt32() : 0;
        if (namespaceUri is { Length: 0 }) namespaceUri = null;
        return new ExpandedNodeId(namespaceUri is null ? nodeId : nodeId.WithNamespace(0), namespaceUri, serverIndex);
    }

    public QualifiedName ReadQualifiedName() => new(ReadUInt16(), ReadString());

    public LocalizedText ReadLocalizedText()
    {
        byte mask = ReadByte();
        if ((mask & ~0x03) != 0) throw Malformed($"LocalizedText has the mask 0x{mask:X2}", "Only bits 0 and 1 are defined");
        string? locale = (mask & 0x01) != 0 ? ReadString() : null;
        string? text = (mask & 0x02) != 0 ? ReadString() : null;
        return new LocalizedText(locale, text);
    }

    /// <summary>Reads a DiagnosticInfo; one without any field is null, and so is one whose fields are all null themselves.</summary>
    public DiagnosticInfo? ReadDiagnosticInfo()
    {
        byte mask = ReadByte();
        if (mask == 0) return null;
        if ((mask & 0x80) != 0) throw Malformed($"DiagnosticInfo has the mask 0x{mask:X2}", "Bit 7 is not defined");
        if (++diagnosticNesting > limits.MaxDiagnosticInfoNesting) throw LimitExceeded($"DiagnosticInfo is nested more than {limits.MaxDiagnosticInfoNesting} deep", "Ask the server for fewer diagnostics");
        var diagnosticInfo = new DiagnosticInfo
        {
            SymbolicId = (mask & 0x01) != 0 ? ReadInt32() : null,
            NamespaceUri = (mask & 0x02) != 0 ? ReadInt32() : null,
            Locale = (mask & 0x08) != 0 ? ReadInt32() : null,
            LocalizedText = (mask & 0x04) != 0 ? ReadInt32() : null,
            AdditionalInfo = (mask & 0x10) != 0 ? ReadString() : null,
            InnerStatusCode = (mask & 0x20) != 0 ? ReadStatusCode() : null,
            InnerDiagnosticInfo = (mask & 0x40) != 0 ? ReadDiagnosticInfo() : null,
        };
        diagnosticNesting--;
        return diagnosticInfo == Nothing ? null : diagnosticInfo;
    }

    /// <summary>Reads an ExtensionObject; a null type id without a body is null. A known structure is decoded and must fill its length exactly.</summary>
    public ExtensionObject? ReadExtensionObject()
    {
        NodeId typeId = ReadNodeId();
        byte encoding = ReadByte();
        switch (encoding)
        {
            case 0:
                return typeId.IsNull ? null : ExtensionObject.WithoutBody(typeId);
            case 1:
                int length = ReadLength("ExtensionObject");
                if (length < 0) return ExtensionObject.WithoutBody(typeId);
                return StructureTypes.Find(typeId) is { } decode ? ReadStructure(length, decode) : ExtensionObject.FromBinary(typeId, Take(length).ToArray());
            case 2:
                return ReadString() is { } xml ? ExtensionObject.FromXml(typeId, xml) : ExtensionObject.WithoutBody(typeId);
            default:
                throw Malformed($"ExtensionObject {typeId} has the encoding {encoding}", "0 is no body, 1 binary, 2 XML");
        }
    }

    /// <summary>
    /// Steps into an ExtensionObject of one structure, to read its fields without an object for them; otherwise reads nothing and returns false.
    /// </summary>
    /// <param name="encodingId">Binary encoding of the structure.</param>
    /// <param name="outerEnd">To be given back to <see cref="EndStructure"/>.</param>
    internal bool TryBeginStructure(uint encodingId, out int outerEnd)
    {
        int start = position;
        NodeId typeId = ReadNodeId();
        if (typeId is { NamespaceIndex: 0, IdType: IdType.Numeric } && typeId.NumericIdentifier == encodingId && ReadByte() == 1 && ReadLength("ExtensionObject") is >= 0 and int length)
        {
            outerEnd = BeginStructure(length);
            return true;
        }
        position = start;
        outerEnd = end;
        return false;
    }

    /// <summary>Steps out again; the fields must have filled the length exactly.</summary>
    internal void EndStructure(int outerEnd)
    {
        if (position != end) throw Malformed($"An ExtensionObject's fields leave {end - position} bytes of its length", "The length must be that of the fields");
        end = outerEnd;
        Leave();
    }

    /// <summary>Reads the count of an array whose elements go into memory that is reused; −1 counts as 0.</summary>
    internal int ReadCount<T>(int minimumSize)
    {
        int count = Math.Max(ReadLength("An array", minimumSize), 0);
        Charge((long)count * Unsafe.SizeOf<T>());
        return count;
    }

    private int BeginStructure(int length)
    {
        Enter();
        int outerEnd = end;
        end = position + length;
        return outerEnd;
    }

    private ExtensionObject ReadStructure(int length, StructureDecoder decode)
    {
        int outerEnd = BeginStructure(length);
        IEncodable body = decode(ref this);
        EndStructure(outerEnd);
        return new ExtensionObject(body);
    }

    private NodeId ReadNodeId(byte form)
    {
        switch (form)
        {
            case 0: return new NodeId(ReadByte());
            case 1:
                byte shortIndex = ReadByte();
                return new NodeId(ReadUInt16(), shortIndex);
        }
        if (form > 5) throw Malformed($"NodeId has the form 0x{form:X2}", "Forms 0 to 5 are defined");
        ushort index = ReadUInt16();
        return form switch
        {
            2 => new NodeId(ReadUInt32(), index),
            3 => new NodeId(ReadString() ?? "", index),
            4 => new NodeId(ReadGuid(), index),
            _ => new NodeId(ReadByteString() ?? [], index),
        };
    }
}
