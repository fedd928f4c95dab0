using System.Runtime.InteropServices;

namespace PatchEdge.OpcUa.Types;

/// <summary>What the arrays of a variant have in common, whatever their element type.</summary>
internal static class VariantArrays
{
    private static readonly Type?[] ElementTypes =
    [
        null, typeof(bool), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(string), typeof(DateTime), typeof(Guid), typeof(byte[]), typeof(string), typeof(NodeId), typeof(ExpandedNodeId),
        typeof(StatusCode), typeof(QualifiedName), typeof(LocalizedText), typeof(ExtensionObject), typeof(DataValue), typeof(Variant), typeof(DiagnosticInfo),
    ];

    /// <summary>The first built-in type that the element type stands for (a string is String, not XmlElement); Null for none.</summary>
    public static BuiltInType BuiltInTypeOf(Type type)
    {
        int index = Array.IndexOf(ElementTypes, type);
        return index < 0 ? BuiltInType.Null : (BuiltInType)index;
    }

    /// <summary>Fewest bytes that one element takes on the wire.</summary>
    public static int LeastElementSize(BuiltInType type) => type switch
    {
        BuiltInType.Int16 or BuiltInType.UInt16 or BuiltInType.NodeId or BuiltInType.ExpandedNodeId => 2,
        BuiltInType.Int32 or BuiltInType.UInt32 or BuiltInType.Float or BuiltInType.StatusCode or BuiltInType.String or BuiltInType.ByteString or BuiltInType.XmlElement => 4,
        BuiltInType.Int64 or BuiltInType.UInt64 or BuiltInType.Double or BuiltInType.DateTime => 8,
        BuiltInType.Guid => 16,
        _ => 1,
    };

    /// <summary>No length is negative and they multiply to the count without overflow.</summary>
    public static bool Fits(ReadOnlySpan<int> dimensions, int count)
    {
        long product = 1;
        bool hasZero = false;
        foreach (int length in dimensions)
        {
            if (length < 0) return false;
            hasZero |= length == 0;
            // Once beyond the largest array the exact product no longer matters, only a zero does.
            product = Math.Min(product * Math.Max(length, 1), int.MaxValue + 1L);
        }
        return hasZero ? count == 0 : product == count;
    }

    /// <summary>Element by element; the two arrays have the same built-in type. Numbers are compared by bits, as scalars are.</summary>
    public static bool Equal(BuiltInType type, Array left, Array right) => left.Length == right.Length && type switch
    {
        BuiltInType.Boolean or BuiltInType.SByte or BuiltInType.Byte => Bits(left, 1).SequenceEqual(Bits(right, 1)),
        BuiltInType.Int16 or BuiltInType.UInt16 => Bits(left, 2).SequenceEqual(Bits(right, 2)),
        BuiltInType.Int32 or BuiltInType.UInt32 or BuiltInType.Float or BuiltInType.StatusCode => Bits(left, 4).SequenceEqual(Bits(right, 4)),
        BuiltInType.Int64 or BuiltInType.UInt64 or BuiltInType.Double => Bits(left, 8).SequenceEqual(Bits(right, 8)),
        BuiltInType.ByteString => ((byte[]?[])left).AsSpan().SequenceEqual((byte[]?[])right, ByteStrings.Instance),
        _ => left.Cast<object?>().SequenceEqual(right.Cast<object?>()),
    };

    private static ReadOnlySpan<byte> Bits(Array array, int elementSize) =>
        MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(array), array.Length * elementSize);

    private sealed class ByteStrings : IEqualityComparer<byte[]?>
    {
        public static readonly ByteStrings Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x is null || y is null ? ReferenceEquals(x, y) : x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[]? obj) => obj?.Length ?? -1;
    }
}
