namespace PatchEdge.OpcUa.Client;

/// <summary>
/// How many Publish requests to keep outstanding. Few until data flows, since some servers spend a worker on each; then enough that
/// the server always has one in hand while an answer and the next request travel. Never more than it once refused.
/// </summary>
internal sealed class PublishAllowance(int most)
{
    private const int Quiet = 2;

    private int ceiling = most;
    private bool flowing;
    private int needed = Quiet;
    private int bursts;

    public int Target => Math.Min(ceiling, flowing ? needed + bursts : Quiet);

    /// <summary>Data came: room for the round trip at the fastest pace, and one per subscription beside.</summary>
    public void Flow(int subscriptions, TimeSpan roundTrip, TimeSpan fastestInterval)
    {
        flowing = true;
        var interval = Math.Max(fastestInterval.TotalMilliseconds, 1);
        needed = (int)Math.Clamp(Quiet + subscriptions - 1 + Math.Ceiling(roundTrip.TotalMilliseconds / interval), Quiet, Math.Max(Quiet, ceiling));
    }

    /// <summary>The server has more ready than there were requests for; another one from now on.</summary>
    public void Burst() => bursts = Math.Min(bursts + 1, ceiling);

    /// <summary>The server refused one with so many outstanding besides it; true when that lowers the target.</summary>
    public bool Refuse(int outstanding)
    {
        var lowered = Math.Max(1, outstanding);
        if (lowered >= ceiling)
            return false;
        ceiling = lowered;
        return true;
    }
}
