namespace PatchEdge.OpcUa.Types;

/// <summary>
/// Times on the wire count 100 ns since 1601-01-01 UTC (Part 6 §5.2.2.5). Here they are <see cref="DateTime"/> of kind UTC;
/// <see cref="DateTime.MinValue"/> stands for "no time" and for anything at or before 1601, <see cref="DateTime.MaxValue"/> for anything at or after the last second of 9999.
/// </summary>
public static class UaDateTime
{
    private const long EpochTicks = 504_911_232_000_000_000;
    private const long LastSecondTicks = 3_155_378_975_990_000_000;

    private static readonly DateTime None = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);
    private static readonly DateTime Forever = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);

    public static DateTime FromWire(long ticks) => ticks switch
    {
        <= 0 => None,
        >= LastSecondTicks - EpochTicks => Forever,
        _ => new DateTime(unchecked(EpochTicks + ticks), DateTimeKind.Utc),
    };

    public static long ToWire(DateTime time)
    {
        long ticks = Normalize(time).Ticks;
        return ticks <= EpochTicks ? 0 : ticks >= LastSecondTicks ? long.MaxValue : unchecked(ticks - EpochTicks);
    }

    /// <summary>UTC within the range of the wire; a time of unspecified kind is taken for UTC.</summary>
    public static DateTime Normalize(DateTime time)
    {
        DateTime utc = time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc);
        return utc.Ticks <= EpochTicks ? None : utc.Ticks >= LastSecondTicks ? Forever : utc;
    }
}
