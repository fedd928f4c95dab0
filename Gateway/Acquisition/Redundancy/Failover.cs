namespace PatchEdge.Gateway.Acquisition.Redundancy;

/// <summary>Chooses the member of a warm redundancy set to be sampled (OPC 10000-4 §6.6.2.4.5.3). Pure but for what it remembers of its own choices.</summary>
/// <remarks>
/// The highest ServiceLevel is the active server. One that is lost or not running is left at once; one that is merely worse than another
/// is left when it is no longer healthy and has been so for a while, and not again too soon: each failover costs a gap, and two
/// servers that take turns at 199 must not cost one each second.
/// </remarks>
internal sealed class Failover
{
    /// <summary>From here on a server is healthy (§6.6.2.4.2).</summary>
    public const int Healthy = 200;

    /// <summary>A server that cannot be sampled: not connected, or not running.</summary>
    public const int Lost = -1;

    /// <summary>How long another must have been better before a server that still answers is left.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Least time between two failovers away from servers that still answer; doubles while they come close together.</summary>
    public static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);

    private TimeSpan rest = ShortestRest;
    private TimeSpan? changedAt;
    private (int Challenger, TimeSpan Since)? challenge;

    /// <summary>Index of the member that is sampled; it begins with the preferred one.</summary>
    public int Active { get; private set; }

    /// <param name="levels">ServiceLevel of each member in order of preference, or <see cref="Lost"/>.</param>
    /// <param name="now">Monotonic.</param>
    /// <returns>Whether another member is to be sampled from now on.</returns>
    public bool Look(ReadOnlySpan<int> levels, TimeSpan now)
    {
        var best = 0;
        for (var index = 1; index < levels.Length; index++)
            if (levels[index] > levels[best])
                best = index;
        if (best == Active || levels[best] <= levels[Active] || levels[Active] >= Healthy)
        {
            challenge = null;
            return false;
        }

        if (levels[Active] != Lost)
        {
            if (challenge?.Challenger != best)
                challenge = (best, now);
            if (now - challenge.Value.Since < Patience || now - changedAt < rest)
                return false;
            rest = now - changedAt < rest * 4 ? (rest * 2 < LongestRest ? rest * 2 : LongestRest) : ShortestRest;
        }

        (Active, changedAt, challenge) = (best, now, null);
        return true;
    }
}
