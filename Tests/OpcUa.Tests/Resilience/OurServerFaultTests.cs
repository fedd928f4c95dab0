using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Tests.Interop;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>Faults between our client and our server.</summary>
public sealed class OurServerFaultTests(OurServerFaultTests.Plant plant) : ConnectionFaultTests, IClassFixture<OurServerFaultTests.Plant>
{
    protected override async Task<FaultTarget> TargetAsync()
    {
        await plant.StartedAsync();
        return new FaultTarget(
            ForeignServer.Options(plant.Server.BoundEndpointUrl, plant.ClientStore),
            new ExpandedNodeId(new NodeId("Tag", 0), ForeignClient.Namespace),
            value =>
            {
                plant.Tag.SetValue(value);
                return Task.CompletedTask;
            },
            () => Task.FromResult(plant.Server.SessionCount));
    }

    /// <summary>A server and a client's store that trust each other.</summary>
    public sealed class Plant : IAsyncDisposable
    {
        private readonly TemporaryFolder folder = new();
        private readonly Lazy<Task> started;

        public Plant()
        {
            var store = new CertificateStore(folder.File("server"), TimeProvider.System);
            ClientStore = new CertificateStore(folder.File("client"), TimeProvider.System);
            Server = new UaServer(ForeignClient.Options(store));
            using (var own = store.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = Server.Options.ApplicationName, ApplicationUri = Server.Options.ApplicationUri }))
                ClientStore.Trust(own.Certificate);
            using (var own = ClientStore.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge", ApplicationUri = ForeignServer.ClientUri }))
                store.Trust(own.Certificate);
            var index = Server.AddressSpace.AddNamespace(ForeignClient.Namespace);
            Tag = Server.AddressSpace.AddVariable(Server.AddressSpace.Objects, new NodeId("Tag", index), "Tag", new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(0.0) });
            started = new Lazy<Task>(() => Server.StartAsync(TestContext.Current.CancellationToken));
        }

        public UaServer Server { get; }
        public CertificateStore ClientStore { get; }
        public VariableNode Tag { get; }

        public Task StartedAsync() => started.Value;

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            folder.Dispose();
        }
    }
}
