using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>
/// Certificates that nobody should accept, over a socket to each end: in an opening to our server, which tells the peer one thing and
/// its owner another, and in the endpoint of a server to our client, which then opens no channel.
/// </summary>
[Collection(nameof(Alone))]
public sealed class HostileCertificateTests
{
    private const SecurityPolicy Policy = SecurityPolicy.Basic256Sha256;
    private static readonly PolicyProfile Profile = PolicyProfile.Of(Policy);
    private static readonly TestAuthority Root = TestAuthority.Root();

    public static TheoryData<string> Kinds =>
        ["loop", "chain of nine", "8 KB", "trailing bytes", "noise", "expired", "not yet valid", "wrong usage", "revoked", "no revocation list", "untrusted", "changed"];

    [Theory, MemberData(nameof(Kinds))]
    [Hostile(27), Hostile(28), Hostile(29)]
    public async Task Server_tells_the_peer_one_thing_and_its_owner_the_reason(string kind)
    {
        var time = new FakeTimeProvider(TestAuthority.Now);
        using var folder = new TestDirectory();
        var store = new CertificateStore(folder.Path, time);
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt, change: options => options with { Validator = new CertificateValidator(store, time) });
        var (chain, fault) = Make(kind, store, CertificateUsage.ClientAuthentication);
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();

        await peer.SendAsync(Opening(rig.Pki, chain));

        var error = await rig.ExpectClosedAsync(peer, StatusCodes.BadSecurityChecksFailed, fault.LocalStatus());
        Assert.DoesNotContain("certificate", error.Reason ?? "", StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    [Hostile(28)]
    public async Task Certificate_of_a_megabyte_does_not_even_fit_an_opening()
    {
        await using var rig = new ChannelRig(Policy, MessageSecurityMode.SignAndEncrypt);
        using var peer = await RawPeer.ConnectAsync(rig.Listener.LocalEndPoint.Port);
        await peer.GreetAsync();
        var header = new byte[16];
        FrameHeader.Write(header, MessageType.OpenSecureChannel, ChunkType.Final, 1_000_000);

        await peer.SendAsync(header);

        await rig.ExpectClosedAsync(peer, StatusCodes.BadTcpMessageTooLarge);
    }

    [Theory, MemberData(nameof(Kinds))]
    [InlineData("1 MB")]
    [InlineData("another host")]
    [InlineData("another application")]
    [Hostile(27), Hostile(28), Hostile(29)]
    public async Task Client_tells_its_caller_the_reason_and_opens_no_channel(string kind)
    {
        var time = new FakeTimeProvider(TestAuthority.Now);
        await using var server = new ScriptedServer(Policy);
        using var folder = new TestDirectory();
        var store = new CertificateStore(folder.Path, time);
        var (chain, fault) = Make(kind, store, CertificateUsage.ServerAuthentication);
        server.Endpoints = [server.Endpoints[0] with { ServerCertificate = chain }];
        await using var client = new UaClient(server.ClientOptions with { CertificateStore = store, TimeProvider = time });

        var refused = await Assert.ThrowsAsync<UaException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));

        Assert.Equal(fault.LocalStatus(), refused.Status);
        Assert.Equal(UaClientState.Disconnected, client.State);
        Assert.All(server.Requests, request => Assert.IsType<GetEndpointsRequest>(request));
    }

    /// <summary>A certificate, with issuers behind it, and the state of a store in which it has just this one fault.</summary>
    private static (byte[] Chain, CertificateFault Fault) Make(string kind, CertificateStore store, string usage)
    {
        var leaf = new Leaf { ApplicationUri = "urn:test:server", HostName = "localhost", ExtendedUsage = usage };
        switch (kind)
        {
            case "loop":
                // Each signed by the other's key and neither by its own.
                var a = TestAuthority.Root("A", 1).Intermediate("B", 2);
                var b = TestAuthority.Root("B", 2).Intermediate("A", 1);
                return ([.. a.Issue(leaf), .. a.Der, .. b.Der], CertificateFault.ChainLoop);
            case "chain of nine":
                var issuer = Root;
                var chain = Array.Empty<byte>();
                for (var i = 0; i < 8; i++)
                {
                    issuer = issuer.Intermediate($"Level {i}", 1 + i % 3);
                    chain = [.. issuer.Der, .. chain];
                }
                return ([.. issuer.Issue(leaf), .. chain], CertificateFault.ChainTooDeep);
            case "8 KB":
                return (TestAuthority.SelfSigned(leaf with { Ballast = 8000 }), CertificateFault.TooLarge);
            case "1 MB":
                return ([0x30, 0x83, 0x0F, 0x42, 0x3B, .. new byte[1_000_000]], CertificateFault.TooLarge);
            case "trailing bytes":
                return ([.. Trusted(leaf), 0], CertificateFault.TrailingData);
            case "noise":
                return ([.. Enumerable.Range(1, 500).Select(i => (byte)(i * 7 & 0xFF))], CertificateFault.Malformed);
            case "expired":
                return (Trusted(leaf with { From = TestAuthority.Now.AddYears(-1), Until = TestAuthority.Now.AddSeconds(-1) }), CertificateFault.Expired);
            case "not yet valid":
                return (Trusted(leaf with { From = TestAuthority.Now.AddHours(1) }), CertificateFault.NotYetValid);
            case "wrong usage":
                return (Trusted(leaf with { ExtendedUsage = "1.3.6.1.5.5.7.3.4" }), CertificateFault.WrongUsage);
            case "revoked":
                var revoked = Root.Issue(leaf);
                store.Trust(Root.Certificate);
                File.WriteAllBytes(Path.Combine(store.Root, "trusted", "crl", "root.crl"), Root.Revoke([revoked]));
                return (revoked, CertificateFault.Revoked);
            case "no revocation list":
                store.Trust(Root.Certificate);
                return (Root.Issue(leaf), CertificateFault.RevocationUnknown);
            case "untrusted":
                return (TestAuthority.SelfSigned(leaf), CertificateFault.Untrusted);
            case "changed":
                var changed = Trusted(leaf);
                changed[^1] ^= 1;
                return (changed, CertificateFault.SignatureInvalid);
            case "another host":
                return (Trusted(leaf with { HostName = "elsewhere" }), CertificateFault.HostNameMismatch);
            case "another application":
                return (Trusted(leaf with { ApplicationUri = "urn:test:other" }), CertificateFault.ApplicationUriMismatch);
            default:
                throw new ArgumentException(kind);
        }

        byte[] Trusted(Leaf one)
        {
            var der = TestAuthority.SelfSigned(one);
            store.Trust(UaCertificate.Read(der, "test"));
            return der;
        }
    }

    /// <summary>An opening that the owner of the certificate's key made, where there can be one; else with these bytes in the certificate's place.</summary>
    private static byte[] Opening(TestPki pki, byte[] chain)
    {
        var request = RawPeer.Encode(RawPeer.OpenRequest(mode: MessageSecurityMode.SignAndEncrypt, nonce: RandomNumberGenerator.GetBytes(32)));
        if (UaCertificate.TryReadChain(chain, out var certificates) == CertificateFault.None)
        {
            var key = RSA.Create(TestAuthority.LeafKey.ExportParameters(includePrivateParameters: true));
            using var own = new ApplicationCertificate(certificates[0], key, [.. certificates.Skip(1)]);
            return OpenChunk.Write(Profile, own, pki.Server.Certificate, 0, 1, 1, request);
        }
        var good = OpenChunk.Write(Profile, pki.Client, pki.Server.Certificate, 0, 1, 1, request);
        var at = 8 + 4 + 4 + Profile.Uri.Length;
        byte[] bad = [.. good.AsSpan(0, at), .. BitConverter.GetBytes(chain.Length), .. chain, .. good.AsSpan(at + 4 + pki.Client.Chain.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(4), bad.Length);
        return bad;
    }
}
