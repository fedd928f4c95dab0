namespace PatchEdge.OpcUa.Client;

/// <summary>How long to wait before the next attempt to connect again: doubling from the first delay to the longest, each with a little chance in it.</summary>
public sealed record ReconnectBackoff
{
    /// <summary>Before the second attempt; the first follows the loss at once.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Share of each delay that is left to chance, 0 to 1, so that many clients do not come back in step.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <param name="attempt">Attempts that have failed so far; 0 gives no delay.</param>
    /// <param name="chance">0 (inclusive) to 1 (exclusive).</param>
    internal TimeSpan Delay(int attempt, double chance)
    {
        if (attempt <= 0)
            return TimeSpan.Zero;
        var doubled = First.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 30));
        return TimeSpan.FromMilliseconds(Math.Min(doubled, Longest.TotalMilliseconds) * (1 - Jitter * chance));
    }
}
