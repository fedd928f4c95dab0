namespace PatchEdge.OpcUa.Types;

/// <summary>
/// A value with its quality and times (Part 4 §7.11). <c>default</c> is no value, Good, no times.
/// A timestamp of <see cref="DateTime.MinValue"/> is absent; others are UTC. Picoseconds count in steps of 10 ps, 0–9,999.
/// </summary>
public readonly record struct DataValue(Variant Value, StatusCode Status = default, DateTime SourceTimestamp = default, DateTime ServerTimestamp = default)
{
    /// <summary>All fields at once, for the decoder.</summary>
    internal DataValue(in Variant value, StatusCode status, DateTime sourceTimestamp, DateTime serverTimestamp, ushort sourcePicoseconds, ushort serverPicoseconds)
        : this(value, status, sourceTimestamp, serverTimestamp)
    {
        SourcePicoseconds = sourcePicoseconds;
        ServerPicoseconds = serverPicoseconds;
    }

    public ushort SourcePicoseconds { get; init; }
    public ushort ServerPicoseconds { get; init; }

    /// <summary>A bad result: a status without a value.</summary>
    public static DataValue FromStatus(StatusCode status) => new(Variant.Null, status);

    public override string ToString() => SourceTimestamp > DateTime.MinValue ? $"{Value} [{Status}] {SourceTimestamp:O}" : $"{Value} [{Status}]";
}
