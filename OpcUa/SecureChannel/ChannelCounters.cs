namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>What a channel has seen since it was opened; a snapshot.</summary>
public readonly record struct ChannelCounters
{
    public long ChunksReceived { get; init; }
    public long ChunksSent { get; init; }
    public long BytesReceived { get; init; }
    public long BytesSent { get; init; }
    public long MessagesReceived { get; init; }
    public long MessagesSent { get; init; }

    /// <summary>Messages that the peer gave up with an abort chunk.</summary>
    public long MessagesAborted { get; init; }

    /// <summary>Responses to requests that were no longer waiting: late ones and duplicates.</summary>
    public long ResponsesDropped { get; init; }

    /// <summary>Responses whose type was not what the request asks for.</summary>
    public long ResponsesMismatched { get; init; }

    public long TokensRenewed { get; init; }
}
