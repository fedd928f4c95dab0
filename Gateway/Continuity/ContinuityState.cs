using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

/// <summary>What is known of one source. Kept small: there may be fifty thousand.</summary>
internal struct SourceState
{
    /// <summary>First moment of the account.</summary>
    public Moment Since;

    /// <summary>Evidence is unbroken from here; meaningless while a gap is open.</summary>
    public Moment UnbrokenSince;

    /// <summary>Start of the open gap; meaningless without <see cref="Open"/>.</summary>
    public Moment GapStart;

    /// <summary>When the last value arrived.</summary>
    public Moment LastReading;

    /// <summary>Cause of the open gap; null while observed.</summary>
    public GapCause? Open;

    /// <summary>The source's own doubt, whatever its subscription and server say; null when there is none.</summary>
    public GapCause? Own;

    /// <summary>What is known of the open gap beyond its cause.</summary>
    public string? Detail;

    /// <summary>No value since the item was created: <see cref="Own"/> stands until the first.</summary>
    public bool Awaiting;

    /// <summary>Silent for longer than its tag declares plausible.</summary>
    public bool Frozen;

    /// <summary>The server dropped values in the open gap, or no subscription had them: whatever else is had in the end, these are not.</summary>
    public bool HasLost;

    /// <summary>Cause of the gap that was repaired last; null when another one that was not followed, or none was.</summary>
    public GapCause? Mended;

    /// <summary>Start of that gap.</summary>
    public Moment MendedFrom;

    /// <summary>End of that gap.</summary>
    public Moment MendedTo;
}

/// <summary>What is known of one subscription: its evidence covers all its sources at once.</summary>
internal struct SubscriptionState
{
    /// <summary>Evidence reaches up to here; null before the first message.</summary>
    public Moment? Proven;

    /// <summary>When the newest message arrived that was to be continued, and proved nothing by itself; null before the first.</summary>
    public Moment? Heard;

    /// <summary>Why it proves nothing now; null while it does.</summary>
    public GapCause? Broken;

    /// <summary>Its connection is gone, and nothing took its place yet: a message that was in hand before proves the past only.</summary>
    public bool Disconnected;

    /// <summary>Another server of its warm redundancy set is sampled: its messages prove nothing about values.</summary>
    public bool Asleep;

    /// <summary>It called a gap repaired, and no message has followed that was sent after it: what was queued in the gap may still turn out to be missing.</summary>
    public bool Unconfirmed;

    /// <summary>Something in the break cannot be had again: its end is no repair.</summary>
    public bool Unrepairable;

    /// <summary>When the server sent the newest message in sequence, by its own clock; null when that is not known.</summary>
    public Moment? Published;

    /// <summary>From there to its arrival, both clocks' difference included, of the newest message that was in time.</summary>
    public TimeSpan Lag;

    /// <summary>When the newest of the messages that come late arrived; null while none does.</summary>
    public Moment? CatchingUp;

    /// <summary>Longest time between two messages of a healthy subscription; zero before it is known.</summary>
    public TimeSpan KeepAlive;
}
