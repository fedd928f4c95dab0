using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Transport;

/// <summary>What Hello and Acknowledge agreed on, seen from this side (Part 6 §7.1.2.3–4). Every figure is a real limit.</summary>
internal sealed record NegotiatedLimits
{
    public required int ReceiveChunkSize { get; init; }
    public required int SendChunkSize { get; init; }
    public required int ReceiveMessageSize { get; init; }
    public required int ReceiveChunkCount { get; init; }
    public required int SendMessageSize { get; init; }
    public required int SendChunkCount { get; init; }

    public static HelloFrame Hello(TransportLimits limits, string endpointUrl) => new()
    {
        ReceiveBufferSize = (uint)limits.ChunkSize,
        SendBufferSize = (uint)limits.ChunkSize,
        MaxMessageSize = (uint)limits.ResponseSize,
        MaxChunkCount = (uint)limits.ChunksFor(limits.ResponseSize, limits.ChunkSize),
        EndpointUrl = endpointUrl,
    };

    /// <summary>The client's view; refuses an answer that claims more than was asked or less than the protocol's least.</summary>
    public static NegotiatedLimits ForClient(TransportLimits limits, HelloFrame hello, AcknowledgeFrame answer)
    {
        Require(answer.ReceiveBufferSize, hello.SendBufferSize, "Acknowledge.ReceiveBufferSize");
        Require(answer.SendBufferSize, hello.ReceiveBufferSize, "Acknowledge.SendBufferSize");
        return new NegotiatedLimits
        {
            ReceiveChunkSize = (int)answer.SendBufferSize,
            SendChunkSize = (int)answer.ReceiveBufferSize,
            ReceiveMessageSize = limits.ResponseSize,
            ReceiveChunkCount = limits.ChunksFor(limits.ResponseSize, (int)answer.SendBufferSize),
            SendMessageSize = Bound(answer.MaxMessageSize),
            SendChunkCount = Bound(answer.MaxChunkCount),
        };
    }

    /// <summary>The server's view and the Acknowledge that says so.</summary>
    public static (NegotiatedLimits Limits, AcknowledgeFrame Answer) ForServer(TransportLimits limits, HelloFrame hello)
    {
        Require(hello.ReceiveBufferSize, uint.MaxValue, "Hello.ReceiveBufferSize");
        Require(hello.SendBufferSize, uint.MaxValue, "Hello.SendBufferSize");
        var receive = (int)Math.Min(hello.SendBufferSize, (uint)limits.ChunkSize);
        var send = (int)Math.Min(hello.ReceiveBufferSize, (uint)limits.ChunkSize);
        var chunks = limits.ChunksFor(limits.RequestSize, receive);
        var agreed = new NegotiatedLimits
        {
            ReceiveChunkSize = receive,
            SendChunkSize = send,
            ReceiveMessageSize = limits.RequestSize,
            ReceiveChunkCount = chunks,
            SendMessageSize = Bound(hello.MaxMessageSize),
            SendChunkCount = Bound(hello.MaxChunkCount),
        };
        return (agreed, new AcknowledgeFrame
        {
            ReceiveBufferSize = (uint)receive,
            SendBufferSize = (uint)send,
            MaxMessageSize = (uint)limits.RequestSize,
            MaxChunkCount = (uint)chunks,
        });
    }

    private static int Bound(uint limit) => limit is 0 or > int.MaxValue ? int.MaxValue : (int)limit;

    private static void Require(uint size, uint asked, string field)
    {
        if (size < TransportLimits.SmallestChunk)
            throw new UaException(StatusCodes.BadTcpNotEnoughResources, $"A buffer of {size} bytes", field,
                $"At least {TransportLimits.SmallestChunk} bytes");
        if (size > asked)
            throw new UaException(StatusCodes.BadTcpInternalError, $"A buffer of {size} bytes", field, $"At most the {asked} bytes that were asked for");
    }
}
