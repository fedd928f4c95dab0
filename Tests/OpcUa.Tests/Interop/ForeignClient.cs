using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>
/// Our server with every policy, mode and kind of user, and the other make's client as one process for all tests of a class,
/// which connects as each test says. Each side found the other's certificate in its trust directory.
/// </summary>
public sealed class ForeignClient : IAsyncDisposable
{
    public const string Namespace = "urn:patchedge:interop:plant";

    private readonly TemporaryFolder folder = new();
    private readonly Lazy<Task<NodePeer>> peer;

    public ForeignClient()
    {
        Store = new CertificateStore(folder.File("server"), TimeProvider.System);
        Server = new UaServer(Options(Store) with { ValidateUserCertificate = certificate => certificate.Der.AsSpan().SequenceEqual(User.Certificate.RawData) });
        var index = Server.AddressSpace.AddNamespace(Namespace);
        Plant = Server.AddressSpace.AddFolder(Server.AddressSpace.Objects, new NodeId("Plant", index), "Plant");
        Setpoint = Server.AddressSpace.AddVariable(Plant, new NodeId("Setpoint", index), "Setpoint",
            new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(1.5), Writable = true, HistoryCapacity = 1000 });
        Server.AddressSpace.AddMethod(Plant, new NodeId("Double", index), "Double",
            (_, arguments) => ValueTask.FromResult(new CallMethodResult { OutputArguments = [2 * arguments[0].Get<long>()] }),
            [new Argument { Name = "Value", DataType = DataTypeIds.Int64 }], [new Argument { Name = "Twice", DataType = DataTypeIds.Int64 }]);
        peer = new Lazy<Task<NodePeer>>(StartAsync);
    }

    public UaServer Server { get; }
    public CertificateStore Store { get; }
    public ObjectNode Plant { get; }
    public VariableNode Setpoint { get; }
    public EngineerUser User { get; } = new();

    public string UserCertificateFile => folder.File("user.der");
    public string UserKeyFile => folder.File("user.pem");

    public static UaServerOptions Options(CertificateStore store) => new()
    {
        EndpointUrl = "opc.tcp://127.0.0.1:0/plant",
        ApplicationUri = "urn:localhost:patchedge:interop:server",
        CertificateStore = store,
        Endpoints = [.. Combination.Endpoints.Select(endpoint => new EndpointSecurity(endpoint.Policy, endpoint.Mode))],
        ValidateUser = (name, password) => name == EngineerUser.Name && password == EngineerUser.Password,
    };

    /// <summary>The process, started by the first test that asks, without a session; the test is skipped where it cannot run.</summary>
    public Task<NodePeer> PeerAsync() => peer.Value;

    public async ValueTask DisposeAsync()
    {
        if (peer.IsValueCreated && peer.Value.IsCompletedSuccessfully)
            await (await peer.Value).DisposeAsync();
        await Server.DisposeAsync();
        User.Dispose();
        folder.Dispose();
    }

    private async Task<NodePeer> StartAsync()
    {
        await Server.StartAsync(TestContext.Current.CancellationToken);
        var trusted = folder.Folder("client", "trusted", "certs");
        using var own = Store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = Server.Options.ApplicationName, ApplicationUri = Server.Options.ApplicationUri });
        await File.WriteAllBytesAsync(Path.Combine(trusted, "server.der"), own.Certificate.Der);
        await File.WriteAllBytesAsync(UserCertificateFile, User.Certificate.RawData);
        folder.WriteSecret("user.pem", User.KeyPem);
        var started = await NodePeer.StartClientAsync(Server.BoundEndpointUrl, folder.File("client"), "--idle");
        File.Copy((string)started.Ready["certificate"]!, Path.Combine(Store.TrustedDirectory, "client.der"));
        return started;
    }
}
