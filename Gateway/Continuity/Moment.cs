namespace PatchEdge.Gateway.Continuity;

/// <summary>An instant in UTC, in whole milliseconds: the grain in which continuity is counted, so that spans add up exactly.</summary>
/// <remarks><c>default</c> is 1970-01-01. Later is greater. Finer times are cut off, never rounded up: evidence must not reach past what was seen.</remarks>
internal readonly record struct Moment(long UnixMilliseconds) : IComparable<Moment>
{
    public static Moment Of(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    /// <param name="time">UTC; null when it is <see cref="DateTime.MinValue"/>, which means that there is none.</param>
    public static Moment? Of(DateTime time) =>
        time == DateTime.MinValue ? null : new Moment((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond);

    /// <summary>
    /// A reading of another clock, corrected first and cut then: what that clock says to lie after (ours + <paramref name="ahead"/>) never
    /// comes to lie before ours.
    /// </summary>
    /// <param name="time">By that clock, UTC.</param>
    /// <param name="ahead">How far it is ahead of ours.</param>
    public static Moment OfClock(DateTime time, TimeSpan ahead) =>
        new((time.Ticks - DateTime.UnixEpoch.Ticks - ahead.Ticks) / TimeSpan.TicksPerMillisecond);

    public static Moment Earlier(Moment a, Moment b) => a <= b ? a : b;

    public static Moment Later(Moment a, Moment b) => a >= b ? a : b;

    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public int CompareTo(Moment other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);

    public static Moment operator +(Moment moment, TimeSpan span) => new(moment.UnixMilliseconds + (span.Ticks / TimeSpan.TicksPerMillisecond));

    public static Moment operator -(Moment moment, TimeSpan span) => moment + -span;

    public static TimeSpan operator -(Moment later, Moment earlier) => TimeSpan.FromMilliseconds(later.UnixMilliseconds - earlier.UnixMilliseconds);

    public static bool operator <(Moment a, Moment b) => a.UnixMilliseconds < b.UnixMilliseconds;

    public static bool operator >(Moment a, Moment b) => a.UnixMilliseconds > b.UnixMilliseconds;

    public static bool operator <=(Moment a, Moment b) => a.UnixMilliseconds <= b.UnixMilliseconds;

    public static bool operator >=(Moment a, Moment b) => a.UnixMilliseconds >= b.UnixMilliseconds;

    public override string ToString() => ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null);
}
