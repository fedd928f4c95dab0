namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Estimates the offset of a server's clock from readings of its time, each bracketed by our own. Of the latest few the one with
/// the shortest round trip counts: it leaves the least room for error.
/// </summary>
internal sealed class ClockEstimate
{
    private const int Kept = 8;

    private readonly Queue<ClockOffset> readings = new(Kept);

    /// <param name="serverTime">The server's clock while it answered.</param>
    /// <param name="sentAt">Our wall clock when the request left.</param>
    /// <param name="receivedAt">When the answer was there.</param>
    /// <param name="roundTrip">Between the two, on the clock that does not step.</param>
    public ClockOffset Add(DateTime serverTime, DateTimeOffset sentAt, Arrival receivedAt, TimeSpan roundTrip)
    {
        // A wall clock that was set in between would pass for an offset of the server.
        if ((receivedAt.Utc - sentAt - roundTrip).Duration() > TimeSpan.FromMilliseconds(50) + roundTrip)
        {
            readings.Clear();
            return default;
        }
        var middle = sentAt + roundTrip / 2;
        if (readings.Count == Kept)
            readings.Dequeue();
        readings.Enqueue(new ClockOffset(new DateTimeOffset(serverTime, TimeSpan.Zero) - middle, roundTrip / 2, receivedAt));
        return readings.MinBy(reading => reading.Uncertainty);
    }

    /// <summary>Forgets everything; another server, or the same one restarted, may have another clock.</summary>
    public void Reset() => readings.Clear();
}
