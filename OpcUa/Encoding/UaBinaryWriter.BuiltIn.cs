using System.Diagnostics;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

// Identifiers, names, diagnostics and extension objects: Part 6 §5.2.2.9 to §5.2.2.15.
public sealed partial class UaBinaryWriter
{
    private const byte NamespaceUriFlag = 0x80;
    private const byte ServerIndexFlag = 0x40;

    public void WriteNodeId(NodeId value) => WriteNodeId(value, 0);

    public void WriteExpandedNodeId(ExpandedNodeId value)
    {
        byte flags = (byte)((value.NamespaceUri is null ? 0 : NamespaceUriFlag) | (value.ServerIndex == 0 ? 0 : ServerIndexFlag));
        // With a URI the index shall be 0.
        WriteNodeId(value.NamespaceUri is null ? value.NodeId : value.NodeId.WithNamespace(0), flags);
        if (value.NamespaceUri is not null) WriteString(value.NamespaceUri);
        if (value.ServerIndex != 0) WriteUInt32(value.ServerIndex);
    }

    public void WriteQualifiedName(QualifiedName value)
    {
        WriteUInt16(value.NamespaceIndex);
        WriteString(value.Name);
    }

    public void WriteLocalizedText(LocalizedText value)
    {
        WriteByte((byte)((value.Locale is null ? 0 : 0x01) | (value.Text is null ? 0 : 0x02)));
        if (value.Locale is not null) WriteString(value.Locale);
        if (value.Text is not null) WriteString(value.Text);
    }

    public void WriteDiagnosticInfo(DiagnosticInfo? value)
    {
        if (value is null)
        {
            WriteByte(0);
            return;
        }
        int mask = (value.SymbolicId is null ? 0 : 0x01) | (value.NamespaceUri is null ? 0 : 0x02) | (value.LocalizedText is null ? 0 : 0x04)
            | (value.Locale is null ? 0 : 0x08) | (value.AdditionalInfo is null ? 0 : 0x10) | (value.InnerStatusCode is null ? 0 : 0x20)
            | (value.InnerDiagnosticInfo is null ? 0 : 0x40);
        Enter();
        WriteByte((byte)mask);
        if (value.SymbolicId is { } symbolicId) WriteInt32(symbolicId);
        if (value.NamespaceUri is { } namespaceUri) WriteInt32(namespaceUri);
        if (value.Locale is { } locale) WriteInt32(locale);
        if (value.LocalizedText is { } localizedText) WriteInt32(localizedText);
        if (value.AdditionalInfo is { } additionalInfo) WriteString(additionalInfo);
        if (value.InnerStatusCode is { } innerStatusCode) WriteStatusCode(innerStatusCode);
        if (value.InnerDiagnosticInfo is { } inner) WriteDiagnosticInfo(inner);
        Leave();
    }

    public void WriteExtensionObject(ExtensionObject? value)
    {
        WriteNodeId(value?.TypeId ?? NodeId.Null);
        if (value?.Body is { } body)
        {
            WriteByte(1);
            Enter();
            int start = BeginLength();
            body.Encode(this);
            EndLength(start);
            Leave();
        }
        else if (value?.Binary is { } binary)
        {
            WriteByte(1);
            WriteByteString(binary);
        }
        else if (value?.Xml is { } xml)
        {
            WriteByte(2);
            WriteString(xml);
        }
        else WriteByte(0);
    }

    private void WriteNodeId(NodeId value, byte flags)
    {
        switch (value.IdType)
        {
            case IdType.Numeric when value.NamespaceIndex == 0 && value.NumericIdentifier <= byte.MaxValue:
                WriteByte(flags);
                WriteByte((byte)value.NumericIdentifier);
                break;
            case IdType.Numeric when value.NamespaceIndex <= byte.MaxValue && value.NumericIdentifier <= ushort.MaxValue:
                WriteByte((byte)(flags | 1));
                WriteByte((byte)value.NamespaceIndex);
                WriteUInt16((ushort)value.NumericIdentifier);
                break;
            case IdType.Numeric:
                WriteForm(2);
                WriteUInt32(value.NumericIdentifier);
                break;
            case IdType.String:
                WriteForm(3);
                WriteString(value.StringIdentifier);
                break;
            case IdType.Guid:
                WriteForm(4);
                WriteGuid(value.GuidIdentifier!.Value);
                break;
            case IdType.Opaque:
                WriteForm(5);
                WriteInt32(value.OpaqueIdentifier.Length);
                WriteRaw(value.OpaqueIdentifier);
                break;
            default: throw new UnreachableException();
        }

        void WriteForm(byte form)
        {
            WriteByte((byte)(flags | form));
            WriteUInt16(value.NamespaceIndex);
        }
    }
}
