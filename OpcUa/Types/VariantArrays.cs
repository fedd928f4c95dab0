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

    /// <summary>Element by element; the two arrays have the same built-in type.</summary>
    public static bool Equal(BuiltInType type, Array left, Array right) => type switch
    {
        // Compared by bits, as scalars are, so that NaN equals itself and the zeros differ.
        BuiltInType.Float => Bits<float, int>(left).SequenceEqual(Bits<float, int>(right)),
        BuiltInType.Double => Bits<double, long>(left).SequenceEqual(Bits<double, long>(right)),
        BuiltInType.ByteString => ((byte[]?[])left).AsSpan().SequenceEqual((byte[]?[])right, ByteStrings.Instance),
        _ => left.Length == right.Length && left.Cast<object?>().SequenceEqual(right.Cast<object?>()),
    };

    private static ReadOnlySpan<TBits> Bits<T, TBits>(Array array) where T : struct where TBits : struct =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<T, TBits>((T[])array);

    private sealed class ByteStrings : IEqualityComparer<byte[]?>
    {
        public static readonly ByteStrings Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x is null || y is null ? ReferenceEquals(x, y) : x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[]? obj) => obj?.Length ?? -1;
    }
}
