using System.Runtime.CompilerServices;
using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Types;

// How a variant comes to be: one conversion per built-in type, and arrays.
public readonly partial struct Variant
{
    public Variant(bool value) : this(BuiltInType.Boolean, value ? 1 : 0, null, false) { }
    public Variant(sbyte value) : this(BuiltInType.SByte, value, null, false) { }
    public Variant(byte value) : this(BuiltInType.Byte, value, null, false) { }
    public Variant(short value) : this(BuiltInType.Int16, value, null, false) { }
    public Variant(ushort value) : this(BuiltInType.UInt16, value, null, false) { }
    public Variant(int value) : this(BuiltInType.Int32, value, null, false) { }
    public Variant(uint value) : this(BuiltInType.UInt32, value, null, false) { }
    public Variant(long value) : this(BuiltInType.Int64, value, null, false) { }
    public Variant(ulong value) : this(BuiltInType.UInt64, unchecked((long)value), null, false) { }
    public Variant(float value) : this(BuiltInType.Float, BitConverter.SingleToUInt32Bits(value), null, false) { }
    public Variant(double value) : this(BuiltInType.Double, BitConverter.DoubleToInt64Bits(value), null, false) { }
    public Variant(StatusCode value) : this(BuiltInType.StatusCode, value.Value, null, false) { }
    public Variant(string? value) : this(BuiltInType.String, 0, value, false) { }
    public Variant(Guid value) : this(BuiltInType.Guid, 0, value, false) { }

    /// <summary>A point in time, taken to UTC and to what the wire can carry (see <see cref="UaDateTime"/>).</summary>
    public Variant(DateTime value) : this(BuiltInType.DateTime, TimeBits(value), null, false) { }

    /// <summary>A ByteString; for an array of Byte use <see cref="FromArray{T}"/>.</summary>
    public Variant(byte[]? value) : this(BuiltInType.ByteString, 0, value, false) { }
    public Variant(NodeId value) : this(BuiltInType.NodeId, 0, value, false) { }
    public Variant(ExpandedNodeId value) : this(BuiltInType.ExpandedNodeId, 0, value, false) { }
    public Variant(QualifiedName value) : this(BuiltInType.QualifiedName, 0, value, false) { }
    public Variant(LocalizedText value) : this(BuiltInType.LocalizedText, 0, value, false) { }
    public Variant(ExtensionObject? value) : this(BuiltInType.ExtensionObject, 0, value, false) { }
    public Variant(DataValue value) : this(BuiltInType.DataValue, 0, value, false) { }
    public Variant(DiagnosticInfo? value) : this(BuiltInType.DiagnosticInfo, 0, value, false) { }

    /// <summary>A structure, wrapped in an ExtensionObject.</summary>
    public static Variant FromStructure(IEncodable structure) => new(new ExtensionObject(structure));

    public static Variant FromXmlElement(string? xml) => new(BuiltInType.XmlElement, 0, xml, false);

    /// <summary>An array of the built-in type that <typeparamref name="T"/> stands for, with dimensions for a matrix.</summary>
    /// <exception cref="ArgumentException">The dimensions do not multiply to the length, or T is no built-in type.</exception>
    public static Variant FromArray<T>(T[]? array, params int[]? dimensions)
    {
        BuiltInType type = TypeOf<T>.BuiltIn;
        if (type == BuiltInType.Null) throw new ArgumentException($"{typeof(T)} is no built-in type. Wrap structures in ExtensionObject and cast enumerations to Int32.", nameof(array));
        return FromElements(type, array, dimensions);
    }

    public static Variant FromXmlElements(string?[]? array) => new(BuiltInType.XmlElement, 0, array, true);

    internal static Variant FromElements(BuiltInType type, Array? array, int[]? dimensions = null)
    {
        if (array is null || dimensions is not { Length: > 0 }) return new(type, 0, array, true);
        if (!VariantArrays.Fits(dimensions, array.Length)) throw new ArgumentException("The dimensions do not multiply to the length of the array.", nameof(dimensions));
        return new(type, 0, new Matrix(array, dimensions), true);
    }

    internal static Variant FromBits(BuiltInType type, long bits) => new(type, bits, null, false);

    internal static Variant FromReference(BuiltInType type, object? reference) => new(type, 0, reference, false);

    internal static long TimeBits(DateTime value)
    {
        DateTime utc = UaDateTime.Normalize(value);
        return Unsafe.As<DateTime, long>(ref utc);
    }

    public static implicit operator Variant(bool value) => new(value);
    public static implicit operator Variant(sbyte value) => new(value);
    public static implicit operator Variant(byte value) => new(value);
    public static implicit operator Variant(short value) => new(value);
    public static implicit operator Variant(ushort value) => new(value);
    public static implicit operator Variant(int value) => new(value);
    public static implicit operator Variant(uint value) => new(value);
    public static implicit operator Variant(long value) => new(value);
    public static implicit operator Variant(ulong value) => new(value);
    public static implicit operator Variant(float value) => new(value);
    public static implicit operator Variant(double value) => new(value);
    public static implicit operator Variant(StatusCode value) => new(value);
    public static implicit operator Variant(string? value) => new(value);
    public static implicit operator Variant(Guid value) => new(value);
    public static implicit operator Variant(DateTime value) => new(value);
    public static implicit operator Variant(NodeId value) => new(value);
    public static implicit operator Variant(ExpandedNodeId value) => new(value);
    public static implicit operator Variant(QualifiedName value) => new(value);
    public static implicit operator Variant(LocalizedText value) => new(value);
    public static implicit operator Variant(ExtensionObject? value) => new(value);
}
