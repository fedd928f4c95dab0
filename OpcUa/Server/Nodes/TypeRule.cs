using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>Which variants a data type and rank allow (Part 3 §5.6.2, Part 4 Write).</summary>
internal readonly record struct TypeRule(BuiltInType BuiltIn, int ValueRank)
{
    public bool IsNumeric => BuiltIn is (>= BuiltInType.SByte and <= BuiltInType.Double) or AnyNumber or AnyInteger or AnyUnsigned;

    public bool Allows(in Variant value)
    {
        if (value.Type == BuiltInType.Null) return BuiltIn is BuiltInType.Variant or BuiltInType.Null;
        return AllowsType(value) && AllowsRank(value);
    }

    private bool AllowsType(in Variant value) => BuiltIn switch
    {
        BuiltInType.Variant or BuiltInType.Null => true,
        // The abstract number types stand for their whole family (Part 3 §8.31 to §8.33).
        AnyNumber => value.Type is >= BuiltInType.SByte and <= BuiltInType.Double,
        AnyInteger => value.Type is BuiltInType.SByte or BuiltInType.Int16 or BuiltInType.Int32 or BuiltInType.Int64,
        AnyUnsigned => value.Type is BuiltInType.Byte or BuiltInType.UInt16 or BuiltInType.UInt32 or BuiltInType.UInt64,
        BuiltInType.Byte when !value.IsArray && ValueRank != ValueRanks.Scalar => value.Type is BuiltInType.Byte or BuiltInType.ByteString,
        _ => value.Type == BuiltIn,
    };

    private bool AllowsRank(in Variant value)
    {
        bool bytes = BuiltIn == BuiltInType.Byte && value.Type == BuiltInType.ByteString;
        int rank = bytes ? 1 : !value.IsArray ? 0 : value.Dimensions.Length > 1 ? value.Dimensions.Length : 1;
        return ValueRank switch
        {
            ValueRanks.Any => true,
            ValueRanks.ScalarOrOneDimension => rank <= 1,
            ValueRanks.Scalar => rank == 0,
            ValueRanks.OneOrMoreDimensions => rank >= 1,
            _ => rank == ValueRank,
        };
    }

    // Numbers of the abstract data types, which no built-in type uses.
    public const BuiltInType AnyNumber = (BuiltInType)26;
    public const BuiltInType AnyInteger = (BuiltInType)27;
    public const BuiltInType AnyUnsigned = (BuiltInType)28;
}
