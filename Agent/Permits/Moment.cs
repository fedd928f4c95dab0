namespace PatchEdge.Agent.Permits;

/// <summary>When something was sent, by both clocks of this host.</summary>
/// <remarks>
/// The monotonic clock decides, since nobody can set it; but on some systems it stands still while the machine is suspended, so the
/// wall clock may shorten a lifetime too. It can never lengthen one.
/// </remarks>
internal readonly record struct Moment(long Timestamp, DateTimeOffset Utc)
{
    public static Moment Now(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());

    public TimeSpan Elapsed(TimeProvider time)
    {
        var monotonic = time.GetElapsedTime(Timestamp);
        var wall = time.GetUtcNow() - Utc;
        return monotonic > wall ? monotonic : wall;
    }
}

/// <summary>A right to begin one thing, which ends by itself.</summary>
/// <param name="From">When the nonce it answers was sent.</param>
/// <param name="Lifetime">Counted from there.</param>
internal readonly record struct Permission(Moment From, TimeSpan Lifetime)
{
    public bool IsLive(TimeProvider time) => From.Elapsed(time) < Lifetime;
}
