using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Continuity;

/// <summary>What can happen to evidence. Everything the fold learns comes as one of these.</summary>
internal enum ContinuityEventKind
{
    /// <summary>Time passed; nothing else is known.</summary>
    Tick,

    /// <summary>A value of one source; the evidence of the message that carried it follows after its last value.</summary>
    Reading,

    /// <summary>A publish response or keep-alive of a subscription, in sequence: any change since the previous one would have been seen.</summary>
    Evidence,

    /// <summary>The same, asked for again after it was missed.</summary>
    Republished,

    /// <summary>Notifications that the server no longer has.</summary>
    NotificationsLost,

    /// <summary>The client saw no message for one and a half keep-alive intervals.</summary>
    Late,

    /// <summary>The subscription's connection is gone: it is blind.</summary>
    ConnectionLost,

    /// <summary>The server cannot be connected to: all its subscriptions are blind.</summary>
    ServerUnreachable,

    /// <summary>The subscription lives on and nothing it queued was lost.</summary>
    RecoveredByRepublish,

    /// <summary>A new session took the subscription over, with its queue.</summary>
    RecoveredByTransfer,

    /// <summary>A new subscription took its place: each source is unproven until its first value.</summary>
    Recreated,

    /// <summary>The subscription sleeps: another server of its warm redundancy set is sampled instead.</summary>
    FellAsleep,

    /// <summary>It is about to be sampled; each source is unproven until its first value.</summary>
    Woke,

    /// <summary>The server refuses to monitor the item; it is tried again.</summary>
    ItemRejected,

    /// <summary>The server's state is Running.</summary>
    ServerRunning,

    /// <summary>The server says that it is not running, whatever its values look like.</summary>
    ServerNotRunning,

    /// <summary>The journal takes nothing more: what arrives is not kept.</summary>
    JournalFull,

    /// <summary>The journal writes again.</summary>
    JournalWritable,

    /// <summary>The gateway's clock was set back: moments repeat until <see cref="ContinuityFold.Now"/> is passed again.</summary>
    ClockSetBack,

    /// <summary>The gateway's clock was set forward: the moments skipped were never lived through.</summary>
    ClockSetForward,
}

/// <summary>One event. Only the fields that its kind speaks of are meaningful.</summary>
internal readonly record struct ContinuityEvent(ContinuityEventKind Kind)
{
    /// <summary>Index in <see cref="ContinuityMap.Servers"/>.</summary>
    public int Server { get; init; }

    /// <summary>Index in <see cref="ContinuityMap.Subscriptions"/>.</summary>
    public int Subscription { get; init; }

    /// <summary>Index in <see cref="ContinuityMap.Sources"/>.</summary>
    public int Source { get; init; }

    public StatusCode Status { get; init; }

    /// <summary>
    /// When the server says that the value became so, already corrected by its clock offset; of <see cref="ContinuityEventKind.JournalFull"/>,
    /// up to when the journal has everything; of <see cref="ContinuityEventKind.NotificationsLost"/>, when the newest message in sequence was sent. Null when it is not said.
    /// </summary>
    public Moment? SourceTime { get; init; }

    /// <summary>When the server sent the message or stamped the value, by its own clock; only differences are looked at. Null when it is not said.</summary>
    public Moment? Published { get; init; }

    /// <summary>
    /// Of <see cref="ContinuityEventKind.Evidence"/>: the server had more to say than went into the message. It shows that the subscription lives; what
    /// its sources did is proven by the message that has the rest.
    /// </summary>
    public bool MoreFollow { get; init; }

    /// <summary>For people, in the gap's record; null when the kind says all.</summary>
    public string? Detail { get; init; }
}
