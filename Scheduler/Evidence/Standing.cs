namespace PatchEdge.Scheduler.Evidence;

/// <summary>Whether a message may be relied on now. Only <see cref="Fresh"/> is evidence; everything else is doubt of one kind or another.</summary>
public enum Standing
{
    /// <summary>Nothing was ever received.</summary>
    Missing,

    /// <summary>Only what the broker had kept: it tells what was, not what is.</summary>
    Retained,

    /// <summary>Received live, and its validity has run out since.</summary>
    Stale,

    /// <summary>The connection to the broker was lost since it was received.</summary>
    Disconnected,

    /// <summary>The sender said, or the broker said for it, that it is gone.</summary>
    Offline,

    /// <summary>The sender's clock and ours differ by more than the limit, or its message was that long on the way.</summary>
    ClockOff,

    /// <summary>Received live, in order, within its validity.</summary>
    Fresh,
}
