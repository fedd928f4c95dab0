using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Tests.Security;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>OPN chunks as a server reads them from anybody (Part 6 §6.7.2.3), and the request inside.</summary>
internal sealed class OpeningTarget : FuzzTarget
{
    private readonly TestPki pki = new();

    public OpeningTarget() => Seeds =
    [
        Open(SecurityPolicy.None), Open(SecurityPolicy.Basic256Sha256), Open(SecurityPolicy.Aes256_Sha256_RsaPss),
        OpenChunk.Write(PolicyProfile.Of(SecurityPolicy.Basic256Sha256), pki.Large, pki.Server.Certificate, 0, 1, 1, RawPeer.Encode(RawPeer.OpenRequest())),
    ];

    public override IReadOnlyList<byte[]> Seeds { get; }

    public override ValueTask FeedAsync(byte[] input)
    {
        // The reader of chunks never hands out less than a header.
        if (input.Length >= 8)
            Bounded(input, 400, bytes => ServiceMessages.DecodeRequest(OpenChunk.Read(bytes, pki.Server).Body));
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        pki.Dispose();
        return ValueTask.CompletedTask;
    }

    private byte[] Open(SecurityPolicy policy) =>
        OpenChunk.Write(PolicyProfile.Of(policy), pki.Client, pki.Server.Certificate, 0, 1, 1, RawPeer.Encode(RawPeer.OpenRequest(nonce: new byte[32])));
}
