using System.Collections.Concurrent;
using System.Formats.Asn1;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// Right messages with wrong bytes in them: whatever comes of it is a fault of the protocol, never one of ours, and the next peer
/// is served. The seed is fixed, so that a failure comes again.
/// </summary>
public sealed class ConversationFuzzTests
{
    [Fact]
    public async Task Server_survives_changed_bytes_anywhere_in_a_conversation()
    {
        var faults = new ConcurrentBag<UaException>();
        await using var rig = new ChannelRig(change: options => options with
        {
            OnRefused = (_, reason) => faults.Add(reason),
            OnClosed = (_, reason) => faults.Add(reason),
            Limits = new TransportLimits { ChunkDeadline = TimeSpan.FromMilliseconds(200), OpenDeadline = TimeSpan.FromMilliseconds(400) },
        });
        var random = new Random(20261122);
        for (var round = 0; round < 300; round++)
        {
            using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
            var stage = round % 3;
            if (stage > 0)
                await peer.GreetAsync();
            if (stage > 1)
            {
                await peer.SendAsync(peer.Open(RawPeer.OpenRequest()));
                peer.ChannelId = (await peer.ReadOpenAsync()).Response.SecurityToken.ChannelId;
            }
            byte[] message = stage switch
            {
                0 => new HelloFrame { ReceiveBufferSize = 65536, SendBufferSize = 65536, MaxMessageSize = 0, MaxChunkCount = 0, EndpointUrl = "opc.tcp://localhost/" }.Encode(),
                1 => peer.Open(RawPeer.OpenRequest()),
                _ => peer.Chunk(new byte[20], 2, random.Next(2) == 0 ? ChunkType.Final : ChunkType.Abort),
            };
            await peer.FloodAsync(() => Change(message, random), 1);
        }

        await rig.ConnectionsAsync(0);
        Assert.DoesNotContain(faults, fault => fault.Status == StatusCodes.BadInternalError);
        using var next = await RawPeer.OpenAsync(rig.Listener.LocalEndPoint.Port);
        await next.SendAsync(next.Chunk([1], 2));
        Assert.Equal([1], (await next.ReadMessageAsync()).Body);
    }

    [Fact]
    public void Certificate_with_changed_bytes_gets_a_verdict_and_never_acceptance()
    {
        using var directory = new TestDirectory();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TestAuthority.Now);
        var store = new CertificateStore(directory.Path, time);
        var root = TestAuthority.Root();
        store.Trust(root.Certificate);
        File.WriteAllBytes(Path.Combine(store.Root, "issuer", "crl", "root.crl"), root.Revoke([]));
        var validator = new CertificateValidator(store, time);
        var expected = new CertificateExpectation { Policy = SecurityPolicy.Basic256Sha256, Role = CertificateRole.Server };
        var good = root.Issue(new Leaf());
        Assert.True(validator.Validate(good, expected).IsAccepted);
        var random = new Random(509);

        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= (byte)(1 << random.Next(8));
            Assert.False(validator.Validate(bad, expected).IsAccepted, $"Accepted with a bit changed, round {i}");
        }
        var list = root.Revoke([good]);
        for (var i = 0; i < 300; i++)
        {
            try
            {
                RevocationList.Read(Change(list, random));
            }
            catch (Exception bad) when (bad is AsnContentException)
            {
                // As it should be.
            }
        }
    }

    // One to three bytes set to something, sometimes cut or lengthened.
    private static byte[] Change(byte[] good, Random random)
    {
        var bad = (byte[])good.Clone();
        for (var i = random.Next(1, 4); i > 0; i--)
            bad[random.Next(bad.Length)] = (byte)(random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => random.Next(256) });
        return random.Next(5) switch
        {
            0 => bad[..random.Next(FrameHeader.Length, bad.Length)],
            1 => [.. bad, .. good],
            _ => bad,
        };
    }
}
