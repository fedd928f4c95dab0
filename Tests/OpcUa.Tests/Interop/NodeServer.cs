using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>A server of another make for a whole class of tests, and the options to reach it.</summary>
public sealed class NodeServer : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private NodePeer? peer;

    public NodePeer Peer => peer!;

    public string Namespace => (string)Peer.Ready["namespace"]!;

    public async ValueTask InitializeAsync() =>
        peer = await NodePeer.StartServerAsync(folder.File("server"), "--trust-all", "--user", "engineer", "--password", "secret", "--shift-namespaces", "2");

    public async ValueTask DisposeAsync()
    {
        if (peer is not null)
            await peer.DisposeAsync();
        folder.Dispose();
    }

    public UaClientOptions Options(SecurityPolicy policy = SecurityPolicy.None, MessageSecurityMode mode = MessageSecurityMode.None)
    {
        var store = new CertificateStore(folder.File("client"), TimeProvider.System);
        store.Trust(UaCertificate.Read(File.ReadAllBytes((string)Peer.Ready["certificate"]!), "the peer's certificate"));
        return new UaClientOptions
        {
            EndpointUrl = (string)Peer.Ready["endpoint"]!,
            SecurityPolicy = policy,
            MessageSecurityMode = mode,
            CertificateStore = store,
            CertificateLeniency = new CertificateLeniency { AllowOtherHostName = true, AllowMissingRevocationList = true },
            ApplicationUri = "urn:test:client",
            KeepAliveInterval = TimeSpan.FromSeconds(1),
            ReconnectBackoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(50), Longest = TimeSpan.FromMilliseconds(500) },
        };
    }
}
