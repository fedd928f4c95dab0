using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

// Variants and data values: Part 6 §5.2.2.16 and §5.2.2.17.
public sealed partial class UaBinaryWriter
{
    private const byte DimensionsFlag = 0x40;
    private const byte ArrayFlag = 0x80;

    public void WriteVariant(in Variant value)
    {
        if (value.Type == BuiltInType.Null)
        {
            WriteByte(0);
            return;
        }
        Enter();
        if (value.IsArray) WriteVariantArray(value);
        else
        {
            WriteByte((byte)value.Type);
            WriteVariantScalar(value);
        }
        Leave();
    }

    public void WriteDataValue(in DataValue value)
    {
        bool hasSource = value.SourceTimestamp > DateTime.MinValue, hasServer = value.ServerTimestamp > DateTime.MinValue;
        int mask = (value.Value.Type == BuiltInType.Null ? 0 : 0x01) | (value.Status.Value == 0 ? 0 : 0x02)
            | (hasSource ? 0x04 : 0) | (hasServer ? 0x08 : 0)
            | (value.SourcePicoseconds == 0 ? 0 : 0x10) | (value.ServerPicoseconds == 0 ? 0 : 0x20);
        WriteByte((byte)mask);
        if ((mask & 0x01) != 0) WriteVariant(value.Value);
        if ((mask & 0x02) != 0) WriteStatusCode(value.Status);
        if ((mask & 0x04) != 0) WriteDateTime(value.SourceTimestamp);
        if ((mask & 0x10) != 0) WriteUInt16(value.SourcePicoseconds);
        if ((mask & 0x08) != 0) WriteDateTime(value.ServerTimestamp);
        if ((mask & 0x20) != 0) WriteUInt16(value.ServerPicoseconds);
    }

    private void WriteVariantScalar(in Variant value)
    {
        long bits = value.Bits;
        switch (value.Type)
        {
            case BuiltInType.Boolean or BuiltInType.SByte or BuiltInType.Byte:
                WriteByte(unchecked((byte)bits));
                break;
            case BuiltInType.Int16 or BuiltInType.UInt16:
                WriteUInt16(unchecked((ushort)bits));
                break;
            case BuiltInType.Int32 or BuiltInType.UInt32 or BuiltInType.Float or BuiltInType.StatusCode:
                WriteUInt32(unchecked((uint)bits));
                break;
            case BuiltInType.Int64 or BuiltInType.UInt64 or BuiltInType.Double:
                WriteInt64(bits);
                break;
            case BuiltInType.DateTime: WriteDateTime(value.Get<DateTime>()); break;
            case BuiltInType.String or BuiltInType.XmlElement: WriteString((string?)value.Reference); break;
            case BuiltInType.Guid: WriteGuid((Guid)value.Reference!); break;
            case BuiltInType.ByteString: WriteByteString((byte[]?)value.Reference); break;
            case BuiltInType.NodeId: WriteNodeId((NodeId)value.Reference!); break;
            case BuiltInType.ExpandedNodeId: WriteExpandedNodeId((ExpandedNodeId)value.Reference!); break;
            case BuiltInType.QualifiedName: WriteQualifiedName((QualifiedName)value.Reference!); break;
            case BuiltInType.LocalizedText: WriteLocalizedText((LocalizedText)value.Reference!); break;
            case BuiltInType.ExtensionObject: WriteExtensionObject((ExtensionObject?)value.Reference); break;
            case BuiltInType.DataValue: WriteDataValue((DataValue)value.Reference!); break;
            default: WriteDiagnosticInfo((DiagnosticInfo?)value.Reference); break;
        }
    }

    private void WriteVariantArray(in Variant value)
    {
        ReadOnlySpan<int> dimensions = value.Dimensions;
        WriteByte((byte)((byte)value.Type | ArrayFlag | (dimensions.IsEmpty ? 0 : DimensionsFlag)));
        if (value.Elements is { } elements) WriteElements(value.Type, elements);
        else WriteInt32(-1);
        if (!dimensions.IsEmpty) WriteNumbers(dimensions);
    }

    private void WriteElements(BuiltInType type, Array elements)
    {
        switch (type)
        {
            case BuiltInType.Boolean: WriteArray((bool[])elements, static (w, v) => w.WriteBoolean(v)); break;
            case BuiltInType.SByte: WriteNumbers<sbyte>((sbyte[])elements); break;
            case BuiltInType.Byte: WriteNumbers<byte>((byte[])elements); break;
            case BuiltInType.Int16: WriteNumbers<short>((short[])elements); break;
            case BuiltInType.UInt16: WriteNumbers<ushort>((ushort[])elements); break;
            case BuiltInType.Int32: WriteNumbers<int>((int[])elements); break;
            case BuiltInType.UInt32: WriteNumbers<uint>((uint[])elements); break;
            case BuiltInType.Int64: WriteNumbers<long>((long[])elements); break;
            case BuiltInType.UInt64: WriteNumbers<ulong>((ulong[])elements); break;
            case BuiltInType.Float: WriteNumbers<float>((float[])elements); break;
            case BuiltInType.Double: WriteNumbers<double>((double[])elements); break;
            case BuiltInType.String or BuiltInType.XmlElement: WriteStringArray((string?[])elements); break;
            case BuiltInType.DateTime: WriteDateTimeArray((DateTime[])elements); break;
            case BuiltInType.Guid: WriteArray((Guid[])elements, static (w, v) => w.WriteGuid(v)); break;
            case BuiltInType.ByteString: WriteByteStringArray((byte[]?[])elements); break;
            case BuiltInType.NodeId: WriteNodeIdArray((NodeId[])elements); break;
            case BuiltInType.ExpandedNodeId: WriteArray((ExpandedNodeId[])elements, static (w, v) => w.WriteExpandedNodeId(v)); break;
            case BuiltInType.StatusCode: WriteStatusCodeArray((StatusCode[])elements); break;
            case BuiltInType.QualifiedName: WriteQualifiedNameArray((QualifiedName[])elements); break;
            case BuiltInType.LocalizedText: WriteLocalizedTextArray((LocalizedText[])elements); break;
            case BuiltInType.ExtensionObject: WriteExtensionObjectArray((ExtensionObject?[])elements); break;
            case BuiltInType.DataValue: WriteDataValueArray((DataValue[])elements); break;
            case BuiltInType.Variant: WriteVariantArray((Variant[])elements); break;
            default: WriteDiagnosticInfoArray((DiagnosticInfo?[])elements); break;
        }
    }
}
