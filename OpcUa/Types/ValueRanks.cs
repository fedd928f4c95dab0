namespace PatchEdge.OpcUa.Types;

/// <summary>Named values of the ValueRank attribute (Part 3 §5.6.2); a positive number is the exact count of dimensions.</summary>
public static class ValueRanks
{
    public const int ScalarOrOneDimension = -3;
    public const int Any = -2;
    public const int Scalar = -1;
    public const int OneOrMoreDimensions = 0;
    public const int OneDimension = 1;
}
