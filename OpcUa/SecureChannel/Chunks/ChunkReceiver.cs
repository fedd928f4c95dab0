using System.Buffers.Binary;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel.Chunks;

/// <summary>
/// Opens the chunks of one direction: channel and token ids, the token's age, its seal, the sequence number, in that order.
/// Belongs to the receive loop alone.
/// </summary>
internal sealed class ChunkReceiver(TimeProvider time) : IDisposable
{
    // Two would do for a peer that renews at 75 %; one that renews in quick succession may still send under an older one.
    private const int MostTokens = 16;

    private readonly List<ChannelToken> tokens = [];

    public SequenceNumbers Sequence { get; } = new();

    /// <summary>Token of the chunk that was opened last.</summary>
    public ChannelToken? InUse { get; private set; }

    /// <summary>Time until the newest token is no longer accepted.</summary>
    public TimeSpan AcceptedFor => tokens.Count == 0 ? Timeout.InfiniteTimeSpan : Positive(tokens[^1].AcceptedFor(time));

    /// <summary>Accepts a token from now on beside the older ones, of which it forgets those that are past their time.</summary>
    public void Install(ChannelToken token)
    {
        tokens.Add(token);
        for (var i = tokens.Count - 2; i >= 0; i--)
        {
            if (tokens[i].AcceptedFor(time) < TimeSpan.Zero)
                Forget(i);
        }
        if (tokens.Count > MostTokens)
            Forget(0);
    }

    /// <summary>The chunk's body, opened in place, and the request that it belongs to.</summary>
    public Memory<byte> Open(Memory<byte> chunk, out uint requestId)
    {
        if (chunk.Length < ChunkSeal.ClearLength)
            throw ChunkSeal.Refused();
        var channelId = BinaryPrimitives.ReadUInt32LittleEndian(chunk.Span[8..]);
        var tokenId = BinaryPrimitives.ReadUInt32LittleEndian(chunk.Span[12..]);
        var token = Find(channelId, tokenId);
        var content = token.Receiving.Open(chunk);
        Sequence.Accept(BinaryPrimitives.ReadUInt32LittleEndian(content.Span));
        requestId = BinaryPrimitives.ReadUInt32LittleEndian(content.Span[4..]);
        InUse = token;
        return content[ChunkSeal.SequenceLength..];
    }

    public void Dispose()
    {
        foreach (var token in tokens)
            token.Receiving.Dispose();
        tokens.Clear();
    }

    private void Forget(int index)
    {
        tokens[index].Receiving.Dispose();
        tokens.RemoveAt(index);
    }

    private ChannelToken Find(uint channelId, uint tokenId)
    {
        for (var i = tokens.Count - 1; i >= 0; i--)
        {
            var token = tokens[i];
            if (token.TokenId != tokenId || token.ChannelId != channelId)
                continue;
            if (token.AcceptedFor(time) < TimeSpan.Zero)
                throw new UaException(StatusCodes.BadSecureChannelTokenUnknown, "A security token was used past 125 % of its lifetime", "message header",
                    "The client renews at 75 %; connect again");
            return token;
        }
        throw new UaException(StatusCodes.BadTcpSecureChannelUnknown, $"Channel {channelId} with token {tokenId} is not in use here", "message header",
            "Connect again");
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}
