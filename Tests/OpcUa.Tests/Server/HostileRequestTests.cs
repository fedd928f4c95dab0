using System.Buffers.Binary;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Peers that mean ill, at a whole server.</summary>
[Collection(nameof(Alone))]
public sealed class HostileRequestTests
{
    [Fact]
    [Hostile(21)]
    public async Task Damaged_request_gets_a_fault_of_its_own_and_the_channel_goes_on()
    {
        await using var rig = await ServerRig.StartAsync();
        using RawPeer peer = await RawPeer.OpenAsync(new Uri(rig.Server.BoundEndpointUrl).Port);
        var header = new RequestHeader { RequestHandle = 77 };
        byte[] whole = RawPeer.Encode(new ReadRequest { RequestHeader = header, NodesToRead = [new ReadValueId { NodeId = VariableIds.Server_ServerStatus_State }] });
        await peer.SendAsync(peer.Chunk(whole.AsSpan(0, whole.Length - 3), 2));
        await ExpectFaultAsync(peer, 2, 77, StatusCodes.BadDecodingError);
        // Longer than its fields.
        await peer.SendAsync(peer.Chunk([.. whole, 0, 0], 3));
        await ExpectFaultAsync(peer, 3, 77, StatusCodes.BadDecodingError);
        // A count that its bytes do not hold.
        byte[] inflated = RawPeer.Encode(new ReadRequest { RequestHeader = header });
        BinaryPrimitives.WriteInt32LittleEndian(inflated.AsSpan(inflated.Length - 4), 100_000_000);
        await peer.SendAsync(peer.Chunk(inflated, 4));
        await ExpectFaultAsync(peer, 4, 77, StatusCodes.BadDecodingError);
        // A service that nobody knows, with a header like any other.
        byte[] unknown = [0x01, 0x00, 0xFE, 0xFE, .. whole.AsSpan(4)];
        await peer.SendAsync(peer.Chunk(unknown, 5));
        await ExpectFaultAsync(peer, 5, 77, StatusCodes.BadServiceUnsupported);
        // A response instead of a request.
        await peer.SendAsync(peer.Chunk(RawPeer.Encode(new ReadResponse()), 6));
        (uint id, byte[] body) = await peer.ReadMessageAsync();
        Assert.Equal(6u, id);
        Assert.IsType<ServiceFault>(ServiceMessages.DecodeResponse(body));
        await peer.SendAsync(peer.Chunk(RawPeer.Encode(new FindServersRequest { RequestHeader = header }), 7));
        Assert.IsType<FindServersResponse>(ServiceMessages.DecodeResponse((await peer.ReadMessageAsync()).Body));
        Assert.Equal(5u, await (await rig.SignInAsync()).RejectedRequestsAsync());
    }

    [Fact]
    [Hostile(21)]
    public async Task Request_without_even_a_header_closes_the_channel()
    {
        await using var rig = await ServerRig.StartAsync();
        using RawPeer peer = await RawPeer.OpenAsync(new Uri(rig.Server.BoundEndpointUrl).Port);
        await peer.SendAsync(peer.Chunk([0x01, 0x00, 0x77, 0x02, 0xFF], 2));
        await peer.ExpectErrorAsync(StatusCodes.BadDecodingError);
        await ServerRig.EventuallyAsync(() => rig.Events.Any(happened => happened is { Kind: UaServerEventKind.ChannelClosed, Status.Value: StatusCodes.BadDecodingError }), "the close is reported");
    }

    [Fact]
    [Hostile(25)]
    [Trait("Clause", "Part 4 §7.35 faults")]
    public async Task Fault_carries_a_status_and_no_text()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.ConnectAsync();
        foreach (IServiceRequest request in (IServiceRequest[])[new ReadRequest(), client.ActivateSession(), new CloseSessionRequest(), new SetTriggeringRequest(), new RepublishRequest()])
        {
            var fault = Assert.IsType<ServiceFault>(await client.SendAsync(request));
            Assert.True(fault.ResponseHeader.ServiceResult.IsBad);
            Assert.Null(fault.ResponseHeader.ServiceDiagnostics);
            Assert.Empty(fault.ResponseHeader.StringTable);
            Assert.Null(fault.ResponseHeader.AdditionalHeader);
        }
    }

    [Fact]
    [Hostile(20)]
    public async Task Peer_that_never_greets_is_closed()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        using RawPeer peer = await RawPeer.ConnectAsync(new Uri(rig.Server.BoundEndpointUrl).Port);
        await rig.AdvanceUntilAsync(peer.ExpectCloseAsync(), 100);
        // Told to the owner right after the peer was closed.
        await ServerRig.EventuallyAsync(() => rig.Events.Any(happened => happened.Kind == UaServerEventKind.ConnectionRefused), "the refusal is reported");
    }

    [Fact]
    [Hostile(19)]
    public async Task Flood_of_channels_is_capped_and_a_channel_with_a_session_stays()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxConnections = 6, MaxConnectionsPerAddress = 6 } });
        ServiceClient honest = await rig.SignInAsync();
        var flood = new List<RawPeer>();
        try
        {
            for (int i = 0; i < 40; i++)
            {
                try
                {
                    flood.Add(await RawPeer.OpenAsync(new Uri(rig.Server.BoundEndpointUrl).Port));
                }
                catch (Exception refused) when (refused is System.Net.Sockets.SocketException or Xunit.Sdk.XunitException)
                {
                    // Turned away at the cap.
                }
            }
            Assert.True((await honest.ReadAsync(VariableIds.Server_ServerStatus_State)).Status.IsGood);
            Assert.Equal(1, rig.Server.SessionCount);
            // Pushed out or turned away, the owner hears of each.
            await ServerRig.EventuallyAsync(() => rig.Events.Count(happened => happened.Kind is UaServerEventKind.ChannelClosed or UaServerEventKind.ConnectionRefused) >= 40 - 6, "each refusal is reported");
        }
        finally
        {
            flood.ForEach(peer => peer.Dispose());
        }
    }

    [Fact]
    public async Task Half_a_character_is_no_part_of_a_string()
    {
        await using var rig = await ServerRig.StartAsync();
        NodeId id = rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Text"), "Text", new VariableOptions { DataType = DataTypeIds.String, InitialValue = new DataValue("a\U0001F600b") }).NodeId;
        ServiceClient client = await rig.SignInAsync();
        Assert.Equal(StatusCodes.BadIndexRangeNoData, (await client.ReadAsync(id, range: "0:1")).Status);
        Assert.Equal(StatusCodes.BadIndexRangeNoData, (await client.ReadAsync(id, range: "2:3")).Status);
        Assert.Equal("\U0001F600", (await client.ReadAsync(id, range: "1:2")).Value.Get<string>());
    }

    [Fact]
    public async Task Random_bodies_never_end_the_server()
    {
        await using var rig = await ServerRig.StartAsync();
        // Without security whoever knows a session's secret may take it: the damaged requests carry another session's.
        ServiceClient honest = await rig.SignInAsync(), victim = await rig.SignInAsync();
        uint subscription = (await victim.SubscribeAsync()).SubscriptionId;
        var random = new Random(20260101);
        IServiceRequest[] seeds =
        [
            victim.CreateSession(), victim.ActivateSession(), new BrowseRequest { NodesToBrowse = [new() { NodeId = ObjectIds.RootFolder }] },
            new ReadRequest { NodesToRead = [new()] }, new WriteRequest { NodesToWrite = [new() { Value = new DataValue(1.0) }] },
            new CallRequest { MethodsToCall = [new() { InputArguments = [1, "x"] }] }, ServiceClient.Publish((subscription, 1)),
            new CreateMonitoredItemsRequest { SubscriptionId = subscription, ItemsToCreate = [new()] },
            new HistoryReadRequest { HistoryReadDetails = new ExtensionObject(new ReadRawModifiedDetails()), NodesToRead = [new()] },
        ];
        byte[][] bodies = [.. seeds.Select(seed =>
        {
            seed.RequestHeader = new RequestHeader { AuthenticationToken = victim.Token };
            return RawPeer.Encode(seed);
        })];
        for (int round = 0; round < 40; round++)
        {
            using RawPeer peer = await RawPeer.OpenAsync(new Uri(rig.Server.BoundEndpointUrl).Port);
            for (uint id = 2; id < 40; id++)
            {
                byte[] body = (byte[])bodies[random.Next(bodies.Length)].Clone();
                for (int flips = random.Next(1, 6); flips > 0; flips--) body[random.Next(body.Length)] = (byte)random.Next(256);
                if (await peer.FloodAsync(() => peer.Chunk(body, id), 1)) break;
            }
        }
        Assert.True((await honest.ReadAsync(VariableIds.Server_ServerStatus_State)).Status.IsGood);
        Assert.DoesNotContain(rig.Events, happened => happened.Kind == UaServerEventKind.HandlerFailed);
    }

    private static async Task ExpectFaultAsync(RawPeer peer, uint requestId, uint handle, StatusCode status)
    {
        (uint id, byte[] body) = await peer.ReadMessageAsync();
        ResponseHeader header = Assert.IsType<ServiceFault>(ServiceMessages.DecodeResponse(body)).ResponseHeader;
        Assert.Equal((requestId, handle, status), (id, header.RequestHandle, header.ServiceResult));
    }
}
