using System.Runtime.CompilerServices;

namespace PatchEdge.OpcUa.Types;

/// <summary>
/// A value of any built-in type: scalar, array or matrix (Part 6 §5.2.2.16). <c>default</c> is the null variant.
/// Numbers, Booleans, times and status codes are stored inline; the rest by reference. Arrays are kept, not copied, and must not change.
/// Equality compares type, shape and content; floating-point numbers by their bits, so that NaN equals itself.
/// </summary>
public readonly partial struct Variant : IEquatable<Variant>
{
    // Strings and other referenced scalars, an array, or a Matrix. Inline scalars have null here and their bits below.
    private readonly object? reference;
    private readonly long bits;
    private readonly bool isArray;

    private Variant(BuiltInType type, long bits, object? reference, bool isArray)
    {
        Type = type;
        this.bits = bits;
        this.reference = reference;
        this.isArray = isArray;
    }

    public static Variant Null => default;

    public BuiltInType Type { get; }

    /// <summary>No value at all: the null variant, a null string or other null reference, a null array.</summary>
    public bool IsNull => Type == BuiltInType.Null || (reference is null && (isArray || !IsInline(Type)));

    /// <summary>An array of one or more dimensions, perhaps a null one.</summary>
    public bool IsArray => isArray;

    /// <summary>Lengths by dimension of a matrix; empty for scalars and plain arrays.</summary>
    public ReadOnlySpan<int> Dimensions => reference is Matrix matrix ? matrix.Dimensions : default;

    /// <summary>Count of elements of an array over all dimensions; 0 for scalars and null arrays.</summary>
    public int Length => Elements?.Length ?? 0;

    /// <summary>The array, whatever its element type; null for scalars and null arrays.</summary>
    public Array? Elements => reference switch
    {
        Matrix matrix => matrix.Elements,
        Array array when isArray => array,
        _ => null,
    };

    /// <summary>Reads a scalar of exactly the type <typeparamref name="T"/>, null strings and byte strings included.</summary>
    public bool TryGet<T>(out T? value)
    {
        value = default;
        if (isArray || Type != TypeOf<T>.BuiltIn) return false;
        if (TypeOf<T>.IsInline)
        {
            long raw = bits;
            value = Unsafe.As<long, T>(ref raw);
            return true;
        }
        if (reference is T found) value = found;
        return true;
    }

    /// <summary>The scalar, or an error that names both types.</summary>
    public T? Get<T>() => TryGet(out T? value) ? value : throw new InvalidCastException($"The variant holds {Describe()}, not a scalar {TypeOf<T>.BuiltIn}.");

    /// <summary>Reads an array whose elements are exactly <typeparamref name="T"/>; a matrix gives its elements in order, a null array gives null.</summary>
    public bool TryGetArray<T>(out T[]? array)
    {
        array = null;
        if (!isArray || Type != TypeOf<T>.BuiltIn) return false;
        array = (T[]?)Elements;
        return true;
    }

    public T[]? GetArray<T>() => TryGetArray(out T[]? array) ? array : throw new InvalidCastException($"The variant holds {Describe()}, not an array of {TypeOf<T>.BuiltIn}.");

    /// <summary>An XML text is a string to us and differs from one by its type only.</summary>
    public string? XmlElement => Type == BuiltInType.XmlElement ? reference as string : null;

    /// <summary>Reads any numeric scalar or Boolean (as 0 or 1), rounding 64-bit integers as a cast does.</summary>
    public bool TryGetNumber(out double number)
    {
        number = 0;
        if (isArray) return false;
        switch (Type)
        {
            case BuiltInType.Boolean or BuiltInType.SByte or BuiltInType.Byte or BuiltInType.Int16 or BuiltInType.UInt16
                or BuiltInType.Int32 or BuiltInType.UInt32 or BuiltInType.Int64:
                number = bits;
                return true;
            case BuiltInType.UInt64:
                number = unchecked((ulong)bits);
                return true;
            case BuiltInType.Float:
                number = BitConverter.Int32BitsToSingle(unchecked((int)bits));
                return true;
            case BuiltInType.Double:
                number = BitConverter.Int64BitsToDouble(bits);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads any integer scalar or Boolean (as 0 or 1) that fits; never a floating-point number.</summary>
    public bool TryGetInteger(out long integer)
    {
        integer = bits;
        return !isArray && Type is >= BuiltInType.Boolean and <= BuiltInType.UInt64 && (Type != BuiltInType.UInt64 || bits >= 0);
    }

    /// <summary>The value as an object: boxed scalar, array, or null. For logs and tests; allocates.</summary>
    public object? ToObject() => isArray ? Elements : Type switch
    {
        BuiltInType.Null => null,
        BuiltInType.Boolean => bits != 0,
        BuiltInType.SByte => unchecked((sbyte)bits),
        BuiltInType.Byte => unchecked((byte)bits),
        BuiltInType.Int16 => unchecked((short)bits),
        BuiltInType.UInt16 => unchecked((ushort)bits),
        BuiltInType.Int32 => unchecked((int)bits),
        BuiltInType.UInt32 => unchecked((uint)bits),
        BuiltInType.Int64 => bits,
        BuiltInType.UInt64 => unchecked((ulong)bits),
        BuiltInType.Float => Get<float>(),
        BuiltInType.Double => Get<double>(),
        BuiltInType.DateTime => Get<DateTime>(),
        BuiltInType.StatusCode => Get<StatusCode>(),
        _ => reference,
    };

    public bool Equals(Variant other)
    {
        if (Type != other.Type || bits != other.bits || isArray != other.isArray) return false;
        if (ReferenceEquals(reference, other.reference)) return true;
        if (reference is null || other.reference is null) return false;
        if (!Dimensions.SequenceEqual(other.Dimensions)) return false;
        return isArray
            ? VariantArrays.Equal(Type, Elements!, other.Elements!)
            : reference is byte[] bytes ? bytes.AsSpan().SequenceEqual((byte[])other.reference) : reference.Equals(other.reference);
    }

    public override bool Equals(object? obj) => obj is Variant other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Type, bits, isArray, reference is string or Guid ? reference : Length);

    public override string ToString() => VariantText.Format(this);

    public static bool operator ==(Variant left, Variant right) => left.Equals(right);
    public static bool operator !=(Variant left, Variant right) => !left.Equals(right);

    internal long Bits => bits;
    internal object? Reference => reference;

    /// <summary>Fewest bytes that the value takes on the wire.</summary>
    internal long LeastSize => isArray ? (long)Length * VariantArrays.LeastElementSize(Type) : reference switch
    {
        string text => text.Length,
        byte[] bytes => bytes.Length,
        _ => 1,
    };

    /// <summary>Keeps an object alive, so that somebody who pools values has to let go of it.</summary>
    internal bool HasReference => reference is not null;

    /// <summary>Types whose scalars live in <see cref="bits"/>.</summary>
    internal static bool IsInline(BuiltInType type) =>
        type is >= BuiltInType.Boolean and <= BuiltInType.Double or BuiltInType.DateTime or BuiltInType.StatusCode;

    internal string Describe() => isArray ? $"an array of {Type}" : $"a scalar {Type}";

    /// <summary>What the type parameter means on the wire, settled once per type.</summary>
    private static class TypeOf<T>
    {
        public static readonly BuiltInType BuiltIn = VariantArrays.BuiltInTypeOf(typeof(T));
        public static readonly bool IsInline = Variant.IsInline(BuiltIn);
    }
}
