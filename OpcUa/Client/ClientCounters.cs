namespace PatchEdge.OpcUa.Client;

/// <summary>What a client has seen since it was made; a snapshot that only grows.</summary>
public readonly record struct ClientCounters
{
    /// <summary>Values handed to sinks, refreshed ones not counted.</summary>
    public long Notifications { get; init; }

    /// <summary>Notification messages handed to sinks.</summary>
    public long Messages { get; init; }

    public long KeepAlives { get; init; }

    /// <summary>Times that a sequence number was missing, however it ended.</summary>
    public long SequenceGaps { get; init; }

    /// <summary>Messages that Republish brought back.</summary>
    public long Republished { get; init; }

    /// <summary>Messages that nobody has any more.</summary>
    public long MessagesLost { get; init; }

    /// <summary>Duplicates, late answers, answers to nobody, of another type, malformed.</summary>
    public long ResponsesDropped { get; init; }

    public long Reconnects { get; init; }

    /// <summary>Values that carried the overflow bit.</summary>
    public long Overflows { get; init; }

    /// <summary>Values that held text which is none, and were handed on as BadDecodingError.</summary>
    public long MalformedValues { get; init; }
}
