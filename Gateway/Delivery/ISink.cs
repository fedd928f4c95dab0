using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Delivery;

/// <summary>A far end that receives what the journal holds: at least once, in order, and so that receiving twice changes nothing.</summary>
internal interface ISink
{
    /// <summary>Name of its cursor in the journal.</summary>
    string Name { get; }

    /// <summary>
    /// Delivers entries in order and reports each position that the far end has confirmed. Retries for as long as the far end is away, busy or
    /// refuses everything; returns when all is delivered or set aside. Only cancellation ends it early.
    /// </summary>
    /// <param name="entries">In order, without gaps other than damaged ones.</param>
    /// <param name="offset">Items of the first entry that were delivered before.</param>
    /// <param name="confirmed">Takes note of a position, which is durable soon; what lies before it may be forgotten. Await it.</param>
    /// <param name="cancel">Stops waiting and sending.</param>
    Task DeliverAsync(IReadOnlyList<JournalEntry> entries, int offset, Func<SinkPosition, Task> confirmed, CancellationToken cancel);

    /// <summary>Whether it has any use for entries of a kind; those of others are not read for it.</summary>
    bool Takes(JournalKind kind) => true;

    /// <summary>How long something new may wait for company when the sink has everything else.</summary>
    TimeSpan Linger => TimeSpan.Zero;

    /// <summary>What keeps it from delivering, for an operator; null when nothing does.</summary>
    string? Trouble { get; }

    /// <summary>Since the start; from any thread.</summary>
    SinkCounters Counters { get; }
}

/// <param name="Delivered">Points or messages that the far end has taken, those sent twice counted twice.</param>
/// <param name="Retries">Attempts that the far end did not take.</param>
/// <param name="Refused">Those that it refused for good.</param>
internal readonly record struct SinkCounters(long Delivered, long Retries, long Refused);
