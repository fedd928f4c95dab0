using PatchEdge.OpcUa.Security;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>A security token: the keys of both directions and how long they may be used (Part 4, OpenSecureChannel).</summary>
internal sealed class ChannelToken(uint channelId, uint tokenId, TimeSpan lifetime, long createdAt, ChunkSeal sending, ChunkSeal receiving)
{
    public uint ChannelId { get; } = channelId;
    public uint TokenId { get; } = tokenId;
    public TimeSpan Lifetime { get; } = lifetime;

    /// <summary>Owned by the sender that uses it.</summary>
    public ChunkSeal Sending { get; } = sending;

    /// <summary>Owned by the receiver that uses it.</summary>
    public ChunkSeal Receiving { get; } = receiving;

    /// <summary>How old the token is, by the monotonic clock.</summary>
    public TimeSpan Age(TimeProvider time) => time.GetElapsedTime(createdAt);

    /// <summary>From now to the end of the 125 % of its lifetime during which a receiver accepts it; less than zero after it.</summary>
    public TimeSpan AcceptedFor(TimeProvider time) => Lifetime * 1.25 - Age(time);

    /// <summary>Keys from the two nonces, the sender's being the seed (Part 6 §6.7.5).</summary>
    public static ChannelToken Derive(PolicyProfile profile, bool encrypt, uint channelId, uint tokenId, TimeSpan lifetime, long createdAt, byte[] ownNonce, byte[] peerNonce)
    {
        var sending = profile.IsNone ? null : DirectionKeys.Derive(profile, peerNonce, ownNonce);
        var receiving = profile.IsNone ? null : DirectionKeys.Derive(profile, ownNonce, peerNonce);
        return new ChannelToken(channelId, tokenId, lifetime, createdAt,
            ChunkSeal.ForSending(profile, encrypt, sending), ChunkSeal.ForReceiving(profile, encrypt, receiving));
    }
}
