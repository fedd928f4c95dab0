namespace PatchEdge.Plant.Time;

/// <summary>A half-open span of UTC time: <see cref="Start"/> belongs to it, <see cref="End"/> does not.</summary>
/// <remarks>Equal when both ends are equal. <c>default</c> is the empty range at <see cref="DateTimeOffset.MinValue"/>.</remarks>
public readonly record struct TimeRange
{
    /// <param name="start">First instant inside.</param>
    /// <param name="end">First instant after; equal to <paramref name="start"/> makes the range empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">The end lies before the start.</exception>
    public TimeRange(DateTimeOffset start, DateTimeOffset end)
    {
        if (end < start)
            throw new ArgumentOutOfRangeException(nameof(end), end, $"A range that starts at {start:O} cannot end before it.");
        Start = start.ToUniversalTime();
        End = end.ToUniversalTime();
    }

    public DateTimeOffset Start { get; }

    public DateTimeOffset End { get; }

    public TimeSpan Duration => End - Start;

    public bool IsEmpty => End == Start;

    public bool Contains(DateTimeOffset instant) => instant >= Start && instant < End;

    /// <summary>Whether the other range lies wholly inside; an empty one does when its instant is within or at an end.</summary>
    public bool Contains(TimeRange other) => other.Start >= Start && other.End <= End;

    public bool Overlaps(TimeRange other) => Start < other.End && other.Start < End;

    /// <summary>The part that both share; null when they share no instant.</summary>
    public TimeRange? Intersect(TimeRange other)
    {
        var start = Start > other.Start ? Start : other.Start;
        var end = End < other.End ? End : other.End;
        return start < end ? new TimeRange(start, end) : null;
    }

    public override string ToString() => $"[{Start:O}, {End:O})";
}
