using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.Gateway.Holds;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Tests.Holds;

/// <summary>A line controller on our own server, Debian's mosquitto, and the gateway's desk between them; the test is the scheduler.</summary>
internal sealed class HoldFixture : IAsyncDisposable
{
    private const string Namespace = "urn:test:line";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentQueue<HoldReply> replies = new();
    private readonly TaskCompletionSource silence = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Mosquitto? broker;
    private IMqttClient? scheduler;
    private UaClient? client;
    private HoldDesk? desk;
    private MqttLink? link;
    private UaServer? server;
    private int requests;

    public VariableNode State { get; private set; } = null!;

    public VariableNode Request { get; private set; } = null!;

    public VariableNode Acknowledge { get; private set; } = null!;

    /// <summary>Tokens as the controller was asked for them, negative when to release.</summary>
    public ConcurrentQueue<long> Asked { get; } = new();

    /// <summary>What the controller says to a request for a hold.</summary>
    public (bool Granted, long Epoch, string Reason) Answer { get; set; } = (true, 3, "");

    /// <summary>The controller does not answer.</summary>
    public bool Silent { get; set; }

    /// <summary>What happens on the line once it has been asked.</summary>
    public Action AfterHold { get; set; } = () => { };

    public IEnumerable<HoldReply> Replies => replies;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<HoldFixture> StartAsync(string hold = "{ method: }")
    {
        var fixture = new HoldFixture();
        try
        {
            await fixture.StartAllAsync(hold);
            return fixture;
        }
        catch
        {
            await fixture.DisposeAsync();
            throw;
        }
    }

    public HoldRequest Hold(long token) => New(HoldAction.Hold, token);

    public HoldRequest Release(long token) => New(HoldAction.Release, token);

    public async Task<HoldReply> AskAsync(HoldRequest request, bool retain = false)
    {
        await SendAsync(JsonSerializer.SerializeToUtf8Bytes(request, MessageJson.Default.HoldRequest), retain);
        return await Eventually.GetAsync($"an answer to {request}", () => Task.FromResult(replies.FirstOrDefault(reply => reply.Request == request.Request)), Patience);
    }

    public Task SendAsync(byte[] payload, bool retain = false) => scheduler!.PublishAsync(
        new MqttApplicationMessageBuilder().WithTopic(Topics.HoldRequest("Test", "gw")).WithPayload(payload)
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithRetainFlag(retain).Build(), Cancel);

    public Task StopServerAsync() => server!.StopAsync(Cancel);

    /// <summary>The plant file in force has no line L any more, but another.</summary>
    public void LoseTheLine() => desk!.Revise(Plant(lineName = "Other"));

    /// <summary>As after a restart: subscribed anew, so that the broker sends what it kept.</summary>
    public async Task RestartDeskAsync()
    {
        if (desk is not null)
            await desk.DisposeAsync();
        if (link is not null)
            await link.DisposeAsync();
        await StartDeskAsync();
    }

    public async ValueTask DisposeAsync()
    {
        silence.TrySetResult();
        if (desk is not null)
            await desk.DisposeAsync();
        if (link is not null)
            await link.DisposeAsync();
        if (client is not null)
            await client.DisposeAsync();
        if (server is not null)
            await server.DisposeAsync();
        scheduler?.Dispose();
        if (broker is not null)
            await broker.DisposeAsync();
        folder.Dispose();
    }

    private string holdText = "";

    private async Task StartAllAsync(string hold)
    {
        holdText = hold;
        broker = await Mosquitto.StartAsync(folder);
        await StartServerAsync();
        client = new UaClient(new UaClientOptions
        {
            EndpointUrl = server!.BoundEndpointUrl,
            SecurityPolicy = SecurityPolicy.None,
            MessageSecurityMode = MessageSecurityMode.None,
            ApplicationUri = "urn:test:gateway",
        });
        await client.ConnectAsync(Cancel);
        scheduler = new MqttClientFactory().CreateMqttClient();
        scheduler.ApplicationMessageReceivedAsync += received =>
        {
            var reader = new Utf8JsonReader(received.ApplicationMessage.Payload);
            replies.Enqueue(JsonSerializer.Deserialize(ref reader, MessageJson.Default.HoldReply)!);
            return Task.CompletedTask;
        };
        await scheduler.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker.Port).WithProtocolVersion(MqttProtocolVersion.V500).Build(), Cancel);
        await scheduler.SubscribeAsync(Topics.HoldReply("Test", "gw"), MqttQualityOfServiceLevel.AtLeastOnce, Cancel);
        await StartDeskAsync();
    }

    private string lineName = "L";

    private PlantModel Plant(string line) => PlantFile.Parse($$"""
            site: Test
            defaults: { security: "None:None", nodes: "nsu={{Namespace}};s=" }
            servers:
              plc: { url: "{{server!.BoundEndpointUrl}}" }
            gateways:
              gw: { servers: [plc] }
            areas:
              A:
                lines:
                  {{line}}:
                    servers: [plc]
                    hold: {{holdText}}
                    units:
                      U: { profile: packml, tags: { StateCurrent: { type: Int32 } } }
                    idle:
                      no-batch: none
                      no-motion: none
            hosts:
              h: { class: hmi, lines: [{{line}}] }
            """, folder.File("plant.yaml"));

    private async Task StartDeskAsync()
    {
        var plant = Plant(lineName);
        HoldDesk? taking = null;
        var listener = new MqttListener(Topics.HoldRequest("Test", "gw"), (payload, retained) => Volatile.Read(ref taking)?.Take(payload, retained));
        link = new MqttLink(
            new MqttOptions { Broker = new Uri($"mqtt://127.0.0.1:{broker!.Port}") }, new GatewayStatus { Site = "Test", Gateway = "gw", Boot = "b", Online = false },
            TimeProvider.System, new Random(1), NullLogger.Instance, listener);
        desk = new HoldDesk(plant, "gw", new Dictionary<string, UaClient> { ["plc"] = client! }, link, new RunNews(TimeProvider.System), new HeldLines(folder.Path), TimeProvider.System, NullLogger.Instance);
        Volatile.Write(ref taking, desk);
        await Eventually.TrueAsync("the gateway listens", () => Task.FromResult(link.Trouble is null), Patience, () => link.Trouble ?? "");
    }

    private async Task StartServerAsync()
    {
        server = new UaServer(new UaServerOptions
        {
            EndpointUrl = "opc.tcp://127.0.0.1:0",
            ApplicationUri = "urn:test:server",
            Endpoints = [new EndpointSecurity(SecurityPolicy.None, MessageSecurityMode.None)],
        });
        var space = server.AddressSpace;
        var ns = space.AddNamespace(Namespace);
        var line = space.AddObject(space.Objects, new NodeId("L", ns), "L");
        State = space.AddVariable(line, new NodeId("L.U.StateCurrent", ns), "State", new VariableOptions { DataType = DataTypeIds.Int32, InitialValue = new DataValue(4) });
        Acknowledge = space.AddVariable(line, new NodeId("L.HoldAck", ns), "HoldAck", new VariableOptions { DataType = DataTypeIds.Int64, InitialValue = new DataValue(0L) });
        Request = space.AddVariable(line, new NodeId("L.HoldRequest", ns), "HoldRequest", new VariableOptions { DataType = DataTypeIds.Int64, InitialValue = new DataValue(0L), Writable = true });
        space.AddMethod(line, new NodeId("L.RequestHold", ns), "RequestHold", async (_, arguments) =>
            {
                Asked.Enqueue(arguments[0].Get<long>());
                if (Silent)
                    await silence.Task;
                AfterHold();
                return new CallMethodResult { OutputArguments = [Answer.Granted, Answer.Epoch, Answer.Reason] };
            },
            [Named("Token", DataTypeIds.Int64), Named("Duration", DataTypeIds.Double)],
            [Named("Granted", DataTypeIds.Boolean), Named("Epoch", DataTypeIds.Int64), Named("Reason", DataTypeIds.String)]);
        space.AddMethod(line, new NodeId("L.ReleaseHold", ns), "ReleaseHold", (_, arguments) =>
            {
                Asked.Enqueue(-arguments[0].Get<long>());
                return ValueTask.FromResult(new CallMethodResult { OutputArguments = [true, ""] });
            },
            [Named("Token", DataTypeIds.Int64)],
            [Named("Released", DataTypeIds.Boolean), Named("Reason", DataTypeIds.String)]);
        await server.StartAsync(Cancel);
    }

    private static Argument Named(string name, NodeId type) => new() { Name = name, DataType = type };

    private HoldRequest New(HoldAction action, long token) => new()
    {
        Run = "J1.1", Line = "L", Action = action, Token = token, DurationMs = action == HoldAction.Hold ? 60_000 : 0, Request = $"r{Interlocked.Increment(ref requests)}",
    };
}
