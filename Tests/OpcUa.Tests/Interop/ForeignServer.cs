using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>
/// The other make's server, one process for all tests of a class, and our client's store. Each side found the other's
/// certificate in its trust directory; the user's certificate lies in the server's.
/// </summary>
public sealed class ForeignServer : IAsyncDisposable
{
    public const string ClientUri = "urn:localhost:patchedge:interop:client";

    private readonly TemporaryFolder folder = new();
    private readonly Lazy<Task<NodePeer>> peer;

    public ForeignServer()
    {
        Store = new CertificateStore(folder.File("client"), TimeProvider.System);
        peer = new Lazy<Task<NodePeer>>(StartAsync);
    }

    public CertificateStore Store { get; }

    public EngineerUser User { get; } = new();

    /// <summary>The process, started by the first test that asks; the test is skipped where it cannot run.</summary>
    public Task<NodePeer> PeerAsync() => peer.Value;

    public async Task<UaClientOptions> OptionsAsync() => Options((string)(await PeerAsync()).Ready["endpoint"]!, Store);

    /// <summary>Patient, since a process of another make shares the machine with everything else that is tested.</summary>
    public static UaClientOptions Options(string url, CertificateStore store) => new()
    {
        EndpointUrl = url,
        SecurityPolicy = SecurityPolicy.None,
        MessageSecurityMode = MessageSecurityMode.None,
        CertificateStore = store,
        ApplicationUri = ClientUri,
        OperationTimeout = TimeSpan.FromSeconds(30),
        ConnectTimeout = TimeSpan.FromSeconds(60),
        ReconnectBackoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(50), Longest = TimeSpan.FromMilliseconds(500) },
    };

    /// <summary>Makes the client's certificate and puts it where a server of the other make looks for those it trusts.</summary>
    public static void IntroduceTo(string pki, CertificateStore store)
    {
        using var own = store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge", ApplicationUri = ClientUri });
        Put(Path.Combine(pki, "trusted", "certs"), "client.der", own.Certificate.Der);
    }

    public async ValueTask DisposeAsync()
    {
        if (peer.IsValueCreated && peer.Value.IsCompletedSuccessfully)
            await (await peer.Value).DisposeAsync();
        User.Dispose();
        folder.Dispose();
    }

    private async Task<NodePeer> StartAsync()
    {
        var pki = folder.File("server");
        IntroduceTo(pki, Store);
        Put(Path.Combine(pki, "users", "trusted", "certs"), "engineer.der", User.Certificate.RawData);
        var started = await NodePeer.StartServerAsync(pki, "--user", EngineerUser.Name, "--password", EngineerUser.Password, "--load", "1");
        File.Copy((string)started.Ready["certificate"]!, Path.Combine(Store.TrustedDirectory, "server.der"));
        return started;
    }

    private static void Put(string directory, string name, byte[] der) =>
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(directory).FullName, name), der);
}
