using System.Buffers.Binary;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Encoding;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Tests.Server;
using PatchEdge.OpcUa.Tests.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// A whole running server, at whose activated session strange requests come (Part 4). An input is the number of a service's
/// encoding and what follows the session's secret in its request; the target puts the secret between them, and the id of a subscription of
/// the session where <see cref="Subscription"/> stands.
/// </summary>
internal sealed class ServiceTarget : FuzzTarget
{
    private const uint Ping = 0x70000000;
    private const uint Subscription = 0xA5A5A5A5;

    // Until a session is replaced, so that what one leaves behind stays bounded by its limits and the next finds room.
    private const int InputsPerSession = 200;
    private const long MemoryPerInput = 64 * 1024 * 1024;

    // Sessions whose channel an input closed stay until their timeout, and their subscriptions to the end of their lifetime.
    private static readonly ServerLimits Limits = new() { MaxSessions = 5000, MaxSessionsPerAddress = 5000, MaxSubscriptions = 5000, ShortestPublishingInterval = TimeSpan.FromMilliseconds(50) };

    private readonly ServerRig rig;
    private RawPeer? peer;
    private NodeId secret;
    private uint subscriptionId;
    private uint requestId;
    private int inputs;

    private ServiceTarget(ServerRig rig)
    {
        this.rig = rig;
        Seeds = [.. StructureVector.All.Where(vector => vector.IsRequest).Select(vector => Seed(ServiceMessages.DecodeRequest(vector.Message))), .. Likely().Select(Seed)];
    }

    public override IReadOnlyList<byte[]> Seeds { get; }

    public static async Task<FuzzTarget> StartAsync()
    {
        var rig = await ServerRig.StartAsync(change: options => options with { Limits = Limits });
        rig.Double("Tag", change: options => options with { Writable = true, HistoryCapacity = 10 }).SetValue(new DataValue(1.0));
        rig.Server.AddressSpace.AddMethod(rig.Plant, rig.Id("Echo"), "Echo", static (_, arguments) => ValueTask.FromResult(new CallMethodResult { OutputArguments = arguments }),
            [new Argument { Name = "In", DataType = DataTypeIds.Double, ValueRank = ValueRanks.Scalar }]);
        return new ServiceTarget(rig);
    }

    public override async ValueTask FeedAsync(byte[] input)
    {
        if (input.Length < sizeof(ushort))
            return;
        if (peer is null || ++inputs % InputsPerSession == 0)
            await BeginAsync();
        byte[] body = [1, 0, input[0], input[1], .. Bytes.Written(w => w.WriteNodeId(secret)), .. input.AsSpan(2)];
        for (var at = 0; at <= body.Length - sizeof(uint); at++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(at)) == Subscription)
                BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(at), subscriptionId);
        }
        var before = GC.GetTotalAllocatedBytes();
        if (await peer!.FloodAsync(() => peer.Chunk(body, ++requestId), 1) || !await AnsweredAsync())
        {
            peer.Dispose();
            peer = null;
        }
        var allocated = GC.GetTotalAllocatedBytes() - before;
        if (allocated > MemoryPerInput)
            throw new InvalidOperationException($"{allocated} bytes were allocated for {input.Length} bytes of input.");
        while (rig.Events.TryDequeue(out var happened))
        {
            if (happened.Kind == UaServerEventKind.HandlerFailed || happened.Status == StatusCodes.BadInternalError)
                throw new InvalidOperationException(happened.Detail);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        peer?.Dispose();
        await rig.DisposeAsync();
    }

    // Requests of one channel are taken one after the other: when this one is answered the input has been dealt with.
    private async Task<bool> AnsweredAsync()
    {
        if (await peer!.FloodAsync(() => peer.Chunk(RawPeer.Encode(new FindServersRequest()), Ping), 1))
            return false;
        while (true)
        {
            var (_, chunk) = await peer.ReadAsync();
            if (chunk.Length == 0)
                return false;
            if (chunk.Length >= 24 && BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(20)) == Ping)
                return true;
        }
    }

    private async Task BeginAsync()
    {
        peer?.Dispose();
        peer = await RawPeer.OpenAsync(new Uri(rig.Server.BoundEndpointUrl).Port);
        requestId = 1;
        secret = default;
        var created = await AskAsync<CreateSessionResponse>(new CreateSessionRequest { EndpointUrl = rig.Server.BoundEndpointUrl, SessionName = "fuzz", ClientNonce = Guid.NewGuid().ToByteArray().Concat(Guid.NewGuid().ToByteArray()).ToArray(), RequestedSessionTimeout = 5_000 });
        secret = created.AuthenticationToken;
        await AskAsync<ActivateSessionResponse>(new ActivateSessionRequest { RequestHeader = new RequestHeader { AuthenticationToken = secret }, UserIdentityToken = new ExtensionObject(new AnonymousIdentityToken { PolicyId = "anonymous" }) });
        subscriptionId = (await AskAsync<CreateSubscriptionResponse>(new CreateSubscriptionRequest
        {
            RequestHeader = new RequestHeader { AuthenticationToken = secret },
            RequestedPublishingInterval = 50,
            RequestedLifetimeCount = 30,
            RequestedMaxKeepAliveCount = 10,
            PublishingEnabled = true,
        })).SubscriptionId;
    }

    private async Task<T> AskAsync<T>(IServiceRequest request) where T : IServiceResponse
    {
        await peer!.SendAsync(peer.Chunk(RawPeer.Encode(request), ++requestId));
        return Assert.IsType<T>(ServiceMessages.DecodeResponse((await peer.ReadMessageAsync()).Body));
    }

    private static byte[] Seed(IServiceRequest request)
    {
        request.RequestHeader = request.RequestHeader with { AuthenticationToken = default };
        byte[] body = RawPeer.Encode(request);
        // The encoding's id is four bytes for all requests, the null secret two.
        return [body[2], body[3], .. body.AsSpan(6)];
    }

    private IEnumerable<IServiceRequest> Likely()
    {
        var tag = rig.Id("Tag");
        yield return new BrowseRequest { NodesToBrowse = [new() { NodeId = ObjectIds.RootFolder, IncludeSubtypes = true, ResultMask = BrowseResultMask.All }], RequestedMaxReferencesPerNode = 1 };
        yield return new TranslateBrowsePathsToNodeIdsRequest { BrowsePaths = [new() { StartingNode = ObjectIds.ObjectsFolder, RelativePath = new() { Elements = [new() { TargetName = new QualifiedName(0, "Server"), IncludeSubtypes = true }] } }] };
        yield return new ReadRequest { TimestampsToReturn = TimestampsToReturn.Both, NodesToRead = [new() { NodeId = tag, AttributeId = AttributeIds.Value, IndexRange = "0:1" }, new() { NodeId = VariableIds.Server_ServerStatus, AttributeId = AttributeIds.Value }] };
        yield return new WriteRequest { NodesToWrite = [new() { NodeId = tag, AttributeId = AttributeIds.Value, Value = new DataValue(1.0) }] };
        yield return new CallRequest { MethodsToCall = [new() { ObjectId = rig.Id("Plant"), MethodId = rig.Id("Echo"), InputArguments = [2.0] }] };
        yield return new HistoryReadRequest { HistoryReadDetails = new ExtensionObject(new ReadRawModifiedDetails { NumValuesPerNode = 1, EndTime = TimeProvider.System.GetUtcNow().UtcDateTime }), NodesToRead = [new() { NodeId = tag }] };
        yield return new CreateSubscriptionRequest { RequestedPublishingInterval = 50, RequestedLifetimeCount = 30, RequestedMaxKeepAliveCount = 10, PublishingEnabled = true };
        yield return new CreateMonitoredItemsRequest
        {
            SubscriptionId = Subscription,
            ItemsToCreate =
            [
                new()
                {
                    ItemToMonitor = new() { NodeId = tag, AttributeId = AttributeIds.Value },
                    MonitoringMode = MonitoringMode.Reporting,
                    RequestedParameters = new() { SamplingInterval = 10, QueueSize = 10, Filter = new ExtensionObject(new DataChangeFilter { DeadbandType = DeadbandType.Absolute, DeadbandValue = 0.5 }) },
                },
            ],
        };
        yield return new ModifySubscriptionRequest { SubscriptionId = Subscription, RequestedPublishingInterval = 100, RequestedLifetimeCount = 30, RequestedMaxKeepAliveCount = 10 };
        yield return new SetMonitoringModeRequest { SubscriptionId = Subscription, MonitoringMode = MonitoringMode.Sampling, MonitoredItemIds = [1, 2] };
        yield return new RepublishRequest { SubscriptionId = Subscription, RetransmitSequenceNumber = 1 };
        yield return new TransferSubscriptionsRequest { SubscriptionIds = [Subscription], SendInitialValues = true };
        yield return new PublishRequest { SubscriptionAcknowledgements = [new() { SubscriptionId = Subscription, SequenceNumber = 1 }] };
    }
}
