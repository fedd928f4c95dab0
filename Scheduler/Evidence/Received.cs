namespace PatchEdge.Scheduler.Evidence;

/// <summary>The newest message of one sender about one subject, and what it is worth at the moment of the snapshot.</summary>
/// <param name="Message">As sent; null when nothing was received.</param>
/// <param name="Standing">Whether it may be relied on.</param>
/// <param name="ReceivedAt">When it came in, UTC; null when nothing did.</param>
/// <param name="Age">How long ago that is on the monotonic clock.</param>
/// <param name="Doubt">Why it is no evidence, in an operator's words; empty when it is.</param>
internal sealed record Received<T>(T? Message, Standing Standing, DateTimeOffset? ReceivedAt, TimeSpan Age, string Doubt)
    where T : class
{
    public static Received<T> Nothing(string doubt) => new(null, Standing.Missing, null, TimeSpan.Zero, doubt);

    public bool IsFresh => Standing == Standing.Fresh;
}
