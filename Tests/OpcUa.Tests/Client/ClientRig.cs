using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Our server on a free port with a few nodes, and clients that reach it.</summary>
internal sealed class ClientRig : IAsyncDisposable
{
    public const string Namespace = "urn:test:plant";

    // Keys take long to make: one pair for all rigs, copied into each one's own stores.
    private static readonly Lazy<(string Server, string Client)> Keys = new(() =>
    {
        var made = Directory.CreateTempSubdirectory("ua-keys-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(made, recursive: true);
        var (server, client) = (Path.Combine(made, "server"), Path.Combine(made, "client"));
        new CertificateStore(server, TimeProvider.System).LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge Server", ApplicationUri = "urn:test:server" }).Dispose();
        new CertificateStore(client, TimeProvider.System).LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "Test", ApplicationUri = "urn:test:client" }).Dispose();
        return (server, client);
    });

    private readonly List<UaClient> clients = [];
    private readonly TestDirectory directory = new();

    private ClientRig(UaServerOptions options)
    {
        Server = new UaServer(options);
        Index = Server.AddressSpace.AddNamespace(Namespace);
        Folder = Server.AddressSpace.AddFolder(Server.AddressSpace.Objects, new NodeId("Plant", Index), "Plant");
        Tags = [.. Enumerable.Range(0, 10).Select(i => Server.AddressSpace.AddVariable(Folder, new NodeId($"Tag{i}", Index), $"Tag{i}",
            new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(0.0), Writable = true, HistoryCapacity = 100 }))];
    }

    public UaServer Server { get; }
    public ushort Index { get; }
    public ObjectNode Folder { get; }
    public VariableNode[] Tags { get; }

    /// <summary>Everything that any client reported.</summary>
    public List<UaClientEvent> Events { get; } = [];

    public static async Task<ClientRig> StartAsync(
        SecurityPolicy policy = SecurityPolicy.None, MessageSecurityMode mode = MessageSecurityMode.None, Func<UaServerOptions, UaServerOptions>? change = null)
    {
        TestDirectory? stores = null;
        var options = new UaServerOptions
        {
            EndpointUrl = "opc.tcp://localhost:0/test",
            ApplicationUri = "urn:test:server",
            Endpoints = [new EndpointSecurity(policy, mode)],
            ValidateUser = (name, password) => name == "operator" && password == "secret",
        };
        if (policy != SecurityPolicy.None)
        {
            stores = new TestDirectory();
            Copy(Keys.Value.Server, Path.Combine(stores.Path, "server"));
            options = options with { CertificateStore = new CertificateStore(Path.Combine(stores.Path, "server"), TimeProvider.System) };
        }
        var rig = new ClientRig(change is null ? options : change(options)) { Stores = stores };
        await rig.Server.StartAsync(TestContext.Current.CancellationToken);
        return rig;
    }

    private TestDirectory? Stores { get; init; }

    public UaClientOptions Options => new()
    {
        EndpointUrl = Server.BoundEndpointUrl,
        SecurityPolicy = SecurityPolicy.None,
        MessageSecurityMode = MessageSecurityMode.None,
        ApplicationUri = "urn:test:client",
        OperationTimeout = TimeSpan.FromSeconds(10),
        KeepAliveInterval = TimeSpan.FromMilliseconds(200),
        ReconnectBackoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(20), Longest = TimeSpan.FromMilliseconds(200) },
    };

    /// <summary>A store for the client under which both sides trust each other.</summary>
    public CertificateStore TrustedStore()
    {
        Copy(Keys.Value.Client, Path.Combine(directory.Path, "client"));
        var store = new CertificateStore(Path.Combine(directory.Path, "client"), TimeProvider.System);
        var own = store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "Test", ApplicationUri = "urn:test:client" });
        Server.Options.CertificateStore!.Trust(own.Certificate);
        var server = Server.Options.CertificateStore.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = Server.Options.ApplicationName, ApplicationUri = Server.Options.ApplicationUri });
        store.Trust(server.Certificate);
        return store;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    public UaClient Client(Func<UaClientOptions, UaClientOptions>? change = null)
    {
        var client = new UaClient(change is null ? Options : change(Options));
        client.Diagnostics += happened =>
        {
            lock (Events)
                Events.Add(happened);
        };
        clients.Add(client);
        return client;
    }

    public async Task<UaClient> ConnectAsync(Func<UaClientOptions, UaClientOptions>? change = null)
    {
        var client = Client(change);
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>A subscription to the first tags, whose handles are their numbers.</summary>
    public static async Task<Subscription> SubscribeAsync(UaClient client, ISubscriptionSink sink, int tags = 1, Func<SubscriptionOptions, SubscriptionOptions>? change = null)
    {
        var options = new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(20), KeepAliveCount = 25, LifetimeCount = 10_000 };
        var subscription = await client.SubscribeAsync(change is null ? options : change(options), sink, TestContext.Current.CancellationToken);
        var results = await subscription.AddItemsAsync([.. Enumerable.Range(0, tags).Select(Item)], TestContext.Current.CancellationToken);
        Assert.All(results, result => Assert.True(result.Status.IsGood, result.ToString()));
        return subscription;
    }

    public static MonitoredItemOptions Item(int tag) => new()
    {
        ClientHandle = (uint)tag,
        NodeId = new ExpandedNodeId(new NodeId($"Tag{tag}", 0), Namespace),
        SamplingInterval = TimeSpan.Zero,
        QueueSize = 100,
    };

    public T[] EventsOf<T>()
    {
        lock (Events)
            return [.. Events.OfType<T>()];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            await client.DisposeAsync();
        await Server.DisposeAsync();
        directory.Dispose();
        Stores?.Dispose();
    }
}
