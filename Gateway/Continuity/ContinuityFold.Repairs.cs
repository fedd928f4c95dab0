using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

// What takes a repair back: a subscription that lives on had everything only if its queues had, and they were emptied.
internal sealed partial class ContinuityFold
{
    private const string QueueOverflowed = "the item's queue overflowed; a longer queue or faster publishing keeps every value";

    /// <summary>
    /// The server dropped values before the one that it now sends. A queue that nobody emptied while the connection was away does so in that
    /// gap: it was not repaired, even if everything that was left came.
    /// </summary>
    /// <returns>The dropped values lie in a gap, and nowhere else.</returns>
    private bool IsLostInGap(int index, Moment? sourceTime, ICollection<GapChange> changes)
    {
        ref var source = ref sources[index];
        source.HasLost = source.Open is not null;
        if (source.HasLost)
            source.Detail = QueueOverflowed;
        var isWithin = source.Mended is not null && sourceTime >= source.MendedFrom && sourceTime <= source.MendedTo;
        if (isWithin || subscriptions[map.Sources[index].Subscription].Unconfirmed)
            TakeBackRepair(index, QueueOverflowed, changes);
        return source.HasLost || isWithin;
    }

    /// <summary>
    /// Messages are missing that nobody could ask for before: a server that has not what follows the last one has either sent nothing or lost it, and
    /// only its next message tells which. The connection's gap was then not repaired.
    /// </summary>
    private void TakeBackRepairs(int index, string? detail, ICollection<GapChange> changes)
    {
        if (!subscriptions[index].Unconfirmed)
            return;
        subscriptions[index].Unconfirmed = false;
        foreach (var source in map.Subscriptions[index].Sources)
            TakeBackRepair(source, detail, changes);
    }

    private void TakeBackRepair(int index, string? detail, ICollection<GapChange> changes)
    {
        ref var source = ref sources[index];
        if (source.Mended is not { } cause)
            return;
        source.Mended = null;
        changes.Add(Describe(index, cause, source.MendedFrom, source.MendedTo, GapRepair.None, detail));
    }

    /// <summary>No subscription had what is in the gaps that are open now: whatever becomes of the next one, they were not repaired.</summary>
    private void LoseOpenGaps(int index)
    {
        foreach (var source in map.Subscriptions[index].Sources)
            sources[source].HasLost = sources[source].Open is not null;
    }
}
