using System.Buffers.Binary;
using System.Security.Cryptography;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel.Chunks;

/// <summary>
/// An OPN chunk (Part 6 §6.7.2.3): asymmetric header in the clear, then sequence header, body, padding and signature, signed and
/// after that encrypted with RSA block by block, unless the policy is None.
/// </summary>
internal sealed class OpenChunk
{
    private const string Where = "OpenSecureChannel";
    private const int LongestUri = 255;
    private const int ThumbprintLength = 20;

    public required uint ChannelId { get; init; }
    public required PolicyProfile Profile { get; init; }

    /// <summary>The sender's certificate as it came, its issuers behind it perhaps; empty under policy None.</summary>
    public required byte[] SenderChain { get; init; }

    /// <summary>The sender's certificate, read but not yet validated.</summary>
    public required UaCertificate? Sender { get; init; }

    public required uint SequenceNumber { get; init; }
    public required uint RequestId { get; init; }
    public required byte[] Body { get; init; }

    /// <param name="profile">The channel's policy.</param>
    /// <param name="own">Signs; null under policy None.</param>
    /// <param name="receiver">Whose key encrypts; null under policy None.</param>
    /// <param name="channelId">0 in a client's first request.</param>
    /// <param name="sequenceNumber">Next of the sender.</param>
    /// <param name="requestId">Chosen by the client.</param>
    /// <param name="body">The encoded message.</param>
    public static byte[] Write(PolicyProfile profile, ApplicationCertificate? own, UaCertificate? receiver, uint channelId, uint sequenceNumber, uint requestId, ReadOnlySpan<byte> body)
    {
        if (profile.IsNone)
            return Compose(profile, [], [], channelId, sequenceNumber, requestId, body, 0, 0, out _);

        using var key = receiver!.OpenPublicKey();
        var block = AsymmetricCipher.PlainBlock(profile, key);
        var keyLength = AsymmetricCipher.KeyLength(key);
        // ExtraPaddingSize exists when the key that encrypts is longer than 2,048 bits.
        var sizeBytes = keyLength > 256 ? 2 : 1;
        var unpadded = ChunkSeal.SequenceLength + body.Length + sizeBytes + own!.KeyLength;
        var blocks = (unpadded + block - 1) / block;
        var padding = blocks * block - unpadded;

        var chunk = Compose(profile, own.Chain, receiver.Thumbprint, channelId, sequenceNumber, requestId, body, sizeBytes + padding + own.KeyLength, blocks * (keyLength - block), out var clear);
        var plain = chunk.AsSpan(clear, blocks * block);
        var fill = plain.Slice(ChunkSeal.SequenceLength + body.Length, sizeBytes + padding);
        fill.Fill((byte)(padding & 0xFF));
        if (sizeBytes == 2)
            fill[^1] = (byte)(padding >> 8);
        own.Sign(profile, chunk.AsSpan(0, clear + plain.Length - own.KeyLength)).CopyTo(plain[^own.KeyLength..]);
        AsymmetricCipher.Encrypt(profile, key, plain).CopyTo(chunk.AsSpan(clear));
        return chunk;
    }

    /// <summary>
    /// Reads a chunk for the owner of <paramref name="own"/>: checks the receiver's thumbprint, decrypts, verifies, and then the
    /// padding. The sender's certificate is still to be validated.
    /// </summary>
    public static OpenChunk Read(ReadOnlySpan<byte> chunk, ApplicationCertificate? own)
    {
        var rest = chunk[FrameHeader.Length..];
        var channelId = FrameText.TakeUInt32(ref rest, Where);
        var profile = PolicyProfile.Find(FrameText.TakeString(ref rest, LongestUri, "OpenSecureChannel.SecurityPolicyUri"));
        var sender = FrameText.TakeBytes(ref rest, UaCertificate.LongestChain * UaCertificate.LargestDer, "OpenSecureChannel.SenderCertificate");
        var thumbprint = FrameText.TakeBytes(ref rest, ThumbprintLength, "OpenSecureChannel.ReceiverCertificateThumbprint");
        if (profile.IsNone)
            return Take(channelId, profile, [], null, rest);

        var fault = UaCertificate.TryReadChain(sender, out var chain);
        if (fault != CertificateFault.None)
            throw new UaException(fault.LocalStatus(), $"The sender's certificate could not be read ({fault})", "OpenSecureChannel.SenderCertificate", "Give the peer an ordinary certificate");
        if (own is null || !thumbprint.SequenceEqual(own.Certificate.Thumbprint))
            throw new UaException(StatusCodes.BadCertificateInvalid, "The message is for the owner of another certificate", "OpenSecureChannel.ReceiverCertificateThumbprint",
                "Have the peer read the endpoints again, so that it knows this side's present certificate");
        if (chain[0].KeyBits < PolicyProfile.ShortestKeyBits || chain[0].KeyBits > PolicyProfile.LongestKeyBits)
            throw new UaException(StatusCodes.BadCertificatePolicyCheckFailed, $"The sender's key has {chain[0].KeyBits} bits", "OpenSecureChannel.SenderCertificate", "2048 to 4096 bits");

        var clear = chunk[..^rest.Length];
        var plain = Open(profile, own, chain[0], clear, rest);
        return Take(channelId, profile, sender.ToArray(), chain[0], plain);
    }

    private static ReadOnlySpan<byte> Open(PolicyProfile profile, ApplicationCertificate own, UaCertificate sender, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> encrypted)
    {
        var plain = new byte[clear.Length + encrypted.Length];
        clear.CopyTo(plain);
        if (!own.TryDecrypt(profile, encrypted, plain.AsSpan(clear.Length), out var written))
            throw ChunkSeal.Refused();
        using var key = sender.OpenPublicKey();
        var signature = AsymmetricCipher.KeyLength(key);
        var sizeBytes = own.KeyLength > 256 ? 2 : 1;
        if (written < ChunkSeal.SequenceLength + sizeBytes + signature)
            throw ChunkSeal.Refused();
        var signed = plain.AsSpan(0, clear.Length + written - signature);
        if (!AsymmetricCipher.Verify(profile, key, signed, plain.AsSpan(signed.Length, signature)))
            throw ChunkSeal.Refused();

        var content = signed[clear.Length..];
        var low = content[^sizeBytes];
        var padding = low + (sizeBytes == 2 ? content[^1] << 8 : 0);
        if (padding + sizeBytes > content.Length - ChunkSeal.SequenceLength
            || content.Slice(content.Length - sizeBytes - padding, padding).ContainsAnyExcept(low))
            throw ChunkSeal.Refused();
        return content[..^(padding + sizeBytes)];
    }

    private static OpenChunk Take(uint channelId, PolicyProfile profile, byte[] senderChain, UaCertificate? sender, ReadOnlySpan<byte> content) => new()
    {
        ChannelId = channelId,
        Profile = profile,
        SenderChain = senderChain,
        Sender = sender,
        SequenceNumber = FrameText.TakeUInt32(ref content, "sequence header"),
        RequestId = FrameText.TakeUInt32(ref content, "sequence header"),
        Body = content.ToArray(),
    };

    // Everything but padding and signature, for which it leaves room; the header already tells the size after encryption.
    private static byte[] Compose(PolicyProfile profile, ReadOnlySpan<byte> sender, ReadOnlySpan<byte> thumbprint, uint channelId, uint sequenceNumber, uint requestId, ReadOnlySpan<byte> body, int trailer, int growth, out int clear)
    {
        var uri = System.Text.Encoding.UTF8.GetBytes(profile.Uri);
        clear = FrameHeader.Length + 4 * sizeof(uint) + uri.Length + sender.Length + thumbprint.Length;
        var chunk = new byte[clear + ChunkSeal.SequenceLength + body.Length + trailer + growth];
        FrameHeader.Write(chunk, MessageType.OpenSecureChannel, ChunkType.Final, chunk.Length);
        var rest = chunk.AsSpan(FrameHeader.Length);
        FrameText.PutUInt32(ref rest, channelId);
        FrameText.PutBytes(ref rest, uri);
        FrameText.PutBytes(ref rest, sender);
        FrameText.PutBytes(ref rest, thumbprint);
        FrameText.PutUInt32(ref rest, sequenceNumber);
        FrameText.PutUInt32(ref rest, requestId);
        body.CopyTo(rest);
        return chunk;
    }
}
