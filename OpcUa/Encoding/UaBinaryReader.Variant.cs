using System.Buffers.Binary;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

// Variants and data values: Part 6 §5.2.2.16 and §5.2.2.17.
public ref partial struct UaBinaryReader
{
    private const byte TypeMask = 0x3F;
    private const byte DimensionsFlag = 0x40;
    private const byte ArrayFlag = 0x80;

    // Type byte, eight bytes of value, two times of eight bytes.
    private const int LongNumber = 25;

    private const uint InfoBits = 0xFFFF;

    // Type numbers 26 to 31 are reserved and shall be taken for byte strings; those above do not exist.
    private const byte LastReservedType = 31;

    public Variant ReadVariant()
    {
        byte mask = ReadByte();
        if (mask == 0) return default;
        int number = mask & TypeMask;
        if (number > LastReservedType || (number == 0 && mask != 0)) throw Malformed($"Variant has the type byte 0x{mask:X2}", "Built-in types are numbered 1 to 25");
        BuiltInType type = number > (int)BuiltInType.DiagnosticInfo ? BuiltInType.ByteString : (BuiltInType)number;

        Enter();
        Variant value;
        if ((mask & ArrayFlag) != 0) value = ReadVariantArray(type, (mask & DimensionsFlag) != 0);
        else if ((mask & DimensionsFlag) != 0) throw Malformed("A scalar Variant claims dimensions", "Only arrays have dimensions");
        else value = ReadVariantScalar(type);
        Leave();
        return value;
    }

    public DataValue ReadDataValue()
    {
        byte mask = ReadByte();
        // A number of eight bytes with both times and no status, which is Good: one look at the bounds for all of it.
        if (mask == 0x0D && Remaining >= LongNumber && (BuiltInType)data[position] is (BuiltInType.Double or BuiltInType.Int64 or BuiltInType.UInt64))
        {
            var number = (BuiltInType)data[position];
            ReadOnlySpan<byte> fields = data.Slice(position, LongNumber);
            position += LongNumber;
            return new DataValue(
                Variant.FromBits(number, BinaryPrimitives.ReadInt64LittleEndian(fields[1..])), default,
                UaDateTime.FromWire(BinaryPrimitives.ReadInt64LittleEndian(fields[9..])), UaDateTime.FromWire(BinaryPrimitives.ReadInt64LittleEndian(fields[17..])));
        }
        // What nearly every notification is: a scalar that needs no object, at most a status and two times.
        if ((mask & 0xF1) == 0x01 && Remaining > 0 && Variant.IsInline((BuiltInType)data[position]))
        {
            BuiltInType type = (BuiltInType)ReadByte();
            long bits = ReadBits(type);
            return new DataValue(
                Variant.FromBits(type, bits),
                (mask & 0x02) != 0 ? ReadStatusCode() : default,
                (mask & 0x04) != 0 ? ReadDateTime() : default,
                (mask & 0x08) != 0 ? ReadDateTime() : default);
        }
        return ReadAnyDataValue(mask);
    }

    private long ReadBits(BuiltInType type) => type switch
    {
        BuiltInType.Boolean => ReadBoolean() ? 1 : 0,
        BuiltInType.SByte => ReadSByte(),
        BuiltInType.Byte => ReadByte(),
        BuiltInType.Int16 => ReadInt16(),
        BuiltInType.UInt16 => ReadUInt16(),
        BuiltInType.Int32 => ReadInt32(),
        BuiltInType.UInt32 or BuiltInType.Float or BuiltInType.StatusCode => ReadUInt32(),
        BuiltInType.DateTime => Variant.TimeBits(ReadDateTime()),
        _ => ReadInt64(),
    };

    private DataValue ReadAnyDataValue(byte mask)
    {
        if ((mask & 0xC0) != 0) throw Malformed($"DataValue has the mask 0x{mask:X2}", "Bits 6 and 7 are not defined");
        (bool outerSparing, bool outerSpoilt) = (sparing, spoilt);
        (sparing, spoilt) = (limits.SparesMessages, false);
        Variant value = (mask & 0x01) != 0 ? ReadVariant() : default;
        bool malformed = spoilt;
        (sparing, spoilt) = (outerSparing, outerSpoilt);
        StatusCode status = (mask & 0x02) != 0 ? ReadStatusCode() : default;
        if (malformed)
        {
            MalformedValues++;
            value = default;
            // The info bits stay: an overflow is a loss of other values.
            status = new StatusCode(StatusCodes.BadDecodingError | (status.Value & InfoBits));
        }
        DateTime source = (mask & 0x04) != 0 ? ReadDateTime() : default;
        ushort sourcePicoseconds = (mask & 0x10) != 0 ? ReadPicoseconds() : (ushort)0;
        DateTime server = (mask & 0x08) != 0 ? ReadDateTime() : default;
        ushort serverPicoseconds = (mask & 0x20) != 0 ? ReadPicoseconds() : (ushort)0;
        return new DataValue(value, status, source, server, sourcePicoseconds, serverPicoseconds);
    }

    // "Values beyond 9 999 shall be treated as 9 999."
    private ushort ReadPicoseconds() => Math.Min(ReadUInt16(), (ushort)9999);

    private Variant ReadVariantScalar(BuiltInType type) => type switch
    {
        BuiltInType.Boolean => new Variant(ReadBoolean()),
        BuiltInType.SByte => new Variant(ReadSByte()),
        BuiltInType.Byte => new Variant(ReadByte()),
        BuiltInType.Int16 => new Variant(ReadInt16()),
        BuiltInType.UInt16 => new Variant(ReadUInt16()),
        BuiltInType.Int32 => new Variant(ReadInt32()),
        BuiltInType.UInt32 => new Variant(ReadUInt32()),
        BuiltInType.Int64 => new Variant(ReadInt64()),
        BuiltInType.UInt64 => new Variant(ReadUInt64()),
        BuiltInType.Float => new Variant(ReadFloat()),
        BuiltInType.Double => new Variant(ReadDouble()),
        BuiltInType.String => new Variant(ReadString()),
        BuiltInType.DateTime => new Variant(ReadDateTime()),
        BuiltInType.Guid => new Variant(ReadGuid()),
        BuiltInType.ByteString => new Variant(ReadByteString()),
        BuiltInType.XmlElement => Variant.FromXmlElement(ReadString()),
        BuiltInType.NodeId => new Variant(ReadNodeId()),
        BuiltInType.ExpandedNodeId => new Variant(ReadExpandedNodeId()),
        BuiltInType.StatusCode => new Variant(ReadStatusCode()),
        BuiltInType.QualifiedName => new Variant(ReadQualifiedName()),
        BuiltInType.LocalizedText => new Variant(ReadLocalizedText()),
        BuiltInType.ExtensionObject => new Variant(ReadExtensionObject()),
        BuiltInType.DataValue => new Variant(ReadDataValue()),
        BuiltInType.DiagnosticInfo => new Variant(ReadDiagnosticInfo()),
        _ => throw Malformed("A Variant directly inside a Variant", "Only arrays of Variant may be inside a Variant"),
    };

    private Variant ReadVariantArray(BuiltInType type, bool hasDimensions)
    {
        Array? elements = ReadElements(type);
        int[]? dimensions = hasDimensions ? ReadNumbers<int>("ArrayDimensions") : null;
        if (dimensions is { Length: > 0 } && !VariantArrays.Fits(dimensions, elements?.Length ?? 0))
            throw Malformed($"ArrayDimensions do not multiply to the {elements?.Length ?? 0} elements", "The peer must send matching dimensions");
        return Variant.FromElements(type, elements, dimensions);
    }

    private Array? ReadElements(BuiltInType type) => type switch
    {
        BuiltInType.Boolean => ReadNullableArray(1, static (ref r) => r.ReadBoolean()),
        BuiltInType.SByte => ReadNumbers<sbyte>("SByte[]"),
        BuiltInType.Byte => ReadNumbers<byte>("Byte[]"),
        BuiltInType.Int16 => ReadNumbers<short>("Int16[]"),
        BuiltInType.UInt16 => ReadNumbers<ushort>("UInt16[]"),
        BuiltInType.Int32 => ReadNumbers<int>("Int32[]"),
        BuiltInType.UInt32 => ReadNumbers<uint>("UInt32[]"),
        BuiltInType.Int64 => ReadNumbers<long>("Int64[]"),
        BuiltInType.UInt64 => ReadNumbers<ulong>("UInt64[]"),
        BuiltInType.Float => ReadNumbers<float>("Float[]"),
        BuiltInType.Double => ReadNumbers<double>("Double[]"),
        BuiltInType.String or BuiltInType.XmlElement => ReadNullableArray(4, static (ref r) => r.ReadString()),
        BuiltInType.DateTime => ReadNullableArray(8, static (ref r) => r.ReadDateTime()),
        BuiltInType.Guid => ReadNullableArray(16, static (ref r) => r.ReadGuid()),
        BuiltInType.ByteString => ReadNullableArray(4, static (ref r) => r.ReadByteString()),
        BuiltInType.NodeId => ReadNullableArray(2, static (ref r) => r.ReadNodeId()),
        BuiltInType.ExpandedNodeId => ReadNullableArray(2, static (ref r) => r.ReadExpandedNodeId()),
        BuiltInType.StatusCode => ReadNullableArray(4, static (ref r) => r.ReadStatusCode()),
        BuiltInType.QualifiedName => ReadNullableArray(6, static (ref r) => r.ReadQualifiedName()),
        BuiltInType.LocalizedText => ReadNullableArray(1, static (ref r) => r.ReadLocalizedText()),
        BuiltInType.ExtensionObject => ReadNullableArray(3, static (ref r) => r.ReadExtensionObject()),
        BuiltInType.DataValue => ReadNullableArray(1, static (ref r) => r.ReadDataValue()),
        BuiltInType.Variant => ReadNullableArray(1, static (ref r) => r.ReadVariant()),
        _ => ReadNullableArray(1, static (ref r) => r.ReadDiagnosticInfo()),
    };
}
