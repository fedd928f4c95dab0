namespace PatchEdge.OpcUa.Client;

/// <summary>Arithmetic of a subscription's sequence numbers: they start at 1 and skip 0 when they wrap (Part 4 §7.39, Counter).</summary>
internal static class NotificationNumbers
{
    public const uint First = 1;

    public static uint Next(uint number) => number == uint.MaxValue ? First : number + 1;

    public static uint Previous(uint number) => number <= First ? uint.MaxValue : number - 1;

    /// <summary>
    /// Steps forward from <paramref name="from"/> to <paramref name="to"/> on the circle of 2³²−1 numbers; negative when
    /// <paramref name="to"/> lies in the half circle behind.
    /// </summary>
    public static long Distance(uint from, uint to)
    {
        const long Circle = uint.MaxValue;
        var steps = (long)to - from;
        if (steps > Circle / 2)
            return steps - Circle;
        return steps < -(Circle / 2) ? steps + Circle : steps;
    }
}
