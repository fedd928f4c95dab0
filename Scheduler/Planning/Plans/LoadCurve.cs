namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>How many are under way at every instant, as steps. Not thread-safe.</summary>
/// <param name="most">So many may be.</param>
internal sealed class LoadCurve(int most)
{
    // The count from each time up to the next; before the first it is zero.
    private readonly List<DateTimeOffset> times = [];
    private readonly List<int> counts = [];

    public int Most => most;

    /// <summary>One more from start (included) to end (excluded).</summary>
    public void Add(DateTimeOffset start, DateTimeOffset end)
    {
        if (most == int.MaxValue || start >= end)
            return;
        var (first, last) = (Step(start), Step(end));
        for (var place = first; place < last; place++)
            counts[place]++;
    }

    /// <summary>Until when the first stretch lasts, within the span, in which as many are under way as may be; null when there is none.</summary>
    public DateTimeOffset? FullUntil(DateTimeOffset start, DateTimeOffset end)
    {
        if (most == int.MaxValue || times.Count == 0)
            return null;
        var place = times.BinarySearch(start);
        for (place = Math.Max(0, place >= 0 ? place : ~place - 1); place < times.Count && times[place] < end; place++)
        {
            if (counts[place] < most)
                continue;
            while (place < times.Count && counts[place] >= most)
                place++;
            // The last step counts nobody, so a full stretch ends before it.
            return times[place];
        }

        return null;
    }

    /// <summary>Place of the step that begins at the instant; makes one where there is none.</summary>
    private int Step(DateTimeOffset instant)
    {
        var place = times.BinarySearch(instant);
        if (place >= 0)
            return place;
        place = ~place;
        times.Insert(place, instant);
        counts.Insert(place, place > 0 ? counts[place - 1] : 0);
        return place;
    }
}
