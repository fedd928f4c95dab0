using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>A running server with a small plant in namespace 2, and clients that speak bare services to it.</summary>
internal sealed class ServerRig : IAsyncDisposable
{
    private readonly TestPki? pki;
    private readonly List<ServiceClient> clients = [];

    private ServerRig(bool secured, TimeProvider time, Func<UaServerOptions, UaServerOptions>? change)
    {
        pki = secured ? new TestPki() : null;
        var options = new UaServerOptions
        {
            EndpointUrl = "opc.tcp://127.0.0.1:0",
            ApplicationUri = "urn:test:server",
            Endpoints = secured
                ? [new(SecurityPolicy.None, MessageSecurityMode.None), new(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt)]
                : [new(SecurityPolicy.None, MessageSecurityMode.None)],
            CertificateStore = pki?.ServerStore,
            TimeProvider = time,
        };
        Time = time;
        Server = new UaServer(change?.Invoke(options) ?? options);
        Server.Diagnostics += Events.Enqueue;
        Namespace = Server.AddressSpace.AddNamespace("urn:test:plant");
        Plant = Server.AddressSpace.AddFolder(Server.AddressSpace.Objects, new NodeId("Plant", Namespace), "Plant");
    }

    public UaServer Server { get; }
    public TimeProvider Time { get; }
    public ushort Namespace { get; }
    public ObjectNode Plant { get; }
    public ConcurrentQueue<UaServerEvent> Events { get; } = new();
    public TestPki Pki => pki!;

    public static async Task<ServerRig> StartAsync(bool secured = false, TimeProvider? time = null, Func<UaServerOptions, UaServerOptions>? change = null)
    {
        var rig = new ServerRig(secured, time ?? TimeProvider.System, change);
        await rig.Server.StartAsync(TestContext.Current.CancellationToken);
        return rig;
    }

    public NodeId Id(string name) => new(name, Namespace);

    public VariableNode Double(string name, double value = 0, Func<VariableOptions, VariableOptions>? change = null)
    {
        var options = new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(value) };
        return Server.AddressSpace.AddVariable(Plant, Id(name), name, change?.Invoke(options) ?? options);
    }

    /// <summary>A client on a channel of its own, without a session.</summary>
    public async Task<ServiceClient> ConnectAsync(bool secured = false, Func<ClientChannelOptions, ClientChannelOptions>? change = null)
    {
        var options = new ClientChannelOptions { EndpointUrl = Server.BoundEndpointUrl, TimeProvider = Time };
        if (secured)
        {
            options = options with
            {
                SecurityPolicy = SecurityPolicy.Basic256Sha256,
                SecurityMode = MessageSecurityMode.SignAndEncrypt,
                OwnCertificate = Pki.Client,
                ServerCertificate = await ServerCertificateAsync(),
                Validator = new CertificateValidator(Pki.ClientStore, Time),
            };
        }
        ClientChannel channel = await ClientChannel.OpenAsync(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
        var client = new ServiceClient(channel, Time);
        clients.Add(client);
        return client;
    }

    /// <summary>A client with an activated session.</summary>
    public async Task<ServiceClient> SignInAsync(bool secured = false, double timeout = 60_000)
    {
        ServiceClient client = await ConnectAsync(secured);
        await client.OpenSessionAsync(timeout);
        return client;
    }

    private async Task<byte[]> ServerCertificateAsync()
    {
        ServiceClient discovery = await ConnectAsync();
        var endpoints = await discovery.SendAsync<GetEndpointsResponse>(new GetEndpointsRequest { EndpointUrl = Server.BoundEndpointUrl });
        byte[] der = endpoints.Endpoints[0].ServerCertificate!;
        Pki.ClientStore.Trust(UaCertificate.Read(der, "test"));
        return der;
    }

    /// <summary>Moves a fake clock in steps until the task ends.</summary>
    public Task AdvanceUntilAsync(Task until, double stepMilliseconds = 10) =>
        PatchEdge.OpcUa.Tests.SecureChannel.ChannelRig.AdvanceUntilAsync((FakeTimeProvider)Time, TimeSpan.FromMilliseconds(stepMilliseconds), until);

    /// <summary>Waits, on the real clock and with a deadline, until the server has come to a state that has no event.</summary>
    public static async Task EventuallyAsync(Func<bool> holds, string what)
    {
        for (int i = 0; i < 2000; i++)
        {
            if (holds()) return;
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        Assert.Fail($"Not so within 10 s: {what}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ServiceClient client in clients) await client.DisposeAsync();
        await Server.DisposeAsync();
        pki?.Dispose();
    }
}
