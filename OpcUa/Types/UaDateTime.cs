namespace PatchEdge.OpcUa.Types;

/// <summary>
/// Times on the wire count 100 ns since 1601-01-01 UTC (Part 6 §5.2.2.5). Here they are <see cref="DateTime"/> of kind UTC;
/// <see cref="DateTime.MinValue"/> stands for "no time" and for anything at or before 1601, <see cref="DateTime.MaxValue"/> for anything at or after the last second of 9999.
/// </summary>
public static class UaDateTime
{
    private static readonly DateTime Epoch = new(1601, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime LastSecond = new(9999, 12, 31, 23, 59, 59, DateTimeKind.Utc);
    private static readonly DateTime None = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);
    private static readonly DateTime Forever = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);
    private static readonly long LastSecondTicks = (LastSecond - Epoch).Ticks;

    public static DateTime FromWire(long ticks) =>
        ticks <= 0 ? None : ticks >= LastSecondTicks ? Forever : new DateTime(Epoch.Ticks + ticks, DateTimeKind.Utc);

    public static long ToWire(DateTime time)
    {
        DateTime utc = Normalize(time);
        return utc == None ? 0 : utc == Forever ? long.MaxValue : utc.Ticks - Epoch.Ticks;
    }

    /// <summary>UTC within the range of the wire; a time of unspecified kind is taken for UTC.</summary>
    public static DateTime Normalize(DateTime time)
    {
        DateTime utc = time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc);
        return utc <= Epoch ? None : utc >= LastSecond ? Forever : utc;
    }
}
