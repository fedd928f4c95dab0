using System.Security.Cryptography;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Sends single services over a channel and reads the answers, with no rules of its own.</summary>
internal sealed class ServiceClient(ClientChannel channel, TimeProvider time) : IAsyncDisposable
{
    private const uint RejectedRequestsCount = 2288;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private int handle;

    public ClientChannel Channel { get; } = channel;
    public NodeId Token { get; set; }
    public CreateSessionResponse? Session { get; private set; }
    public byte[]? ServerNonce { get; set; }

    /// <summary>The response, or the fault, of whatever type.</summary>
    public async Task<IServiceResponse> SendAsync(IServiceRequest request, uint timeoutHint = 0)
    {
        request.RequestHeader = new RequestHeader
        {
            AuthenticationToken = Token,
            Timestamp = time.GetUtcNow().UtcDateTime,
            RequestHandle = (uint)Interlocked.Increment(ref handle),
            TimeoutHint = timeoutHint,
        };
        using var writer = new UaBinaryWriter();
        ServiceMessages.Encode(writer, request);
        uint expected = request.RequestHeader.RequestHandle;
        using var answer = await Channel.RequestAsync(writer.WrittenMemory, 0, Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        IServiceResponse response = ServiceMessages.DecodeResponse(answer.Span);
        Assert.Equal(expected, response.ResponseHeader.RequestHandle);
        return response;
    }

    public async Task<T> SendAsync<T>(IServiceRequest request) where T : IServiceResponse
    {
        IServiceResponse response = await SendAsync(request);
        return response is T expected ? expected : throw new Xunit.Sdk.XunitException($"{response.GetType().Name} {response.ResponseHeader.ServiceResult} for {request.GetType().Name}");
    }

    public async Task<StatusCode> FaultAsync(IServiceRequest request) =>
        Assert.IsType<ServiceFault>(await SendAsync(request)).ResponseHeader.ServiceResult;

    public CreateSessionRequest CreateSession(double timeout = 60_000, byte[]? nonce = null) => new()
    {
        ClientDescription = new ApplicationDescription { ApplicationUri = "urn:test:client", ApplicationType = ApplicationType.Client },
        EndpointUrl = Channel.Options.EndpointUrl,
        SessionName = "test",
        ClientNonce = nonce ?? RandomNumberGenerator.GetBytes(32),
        ClientCertificate = Channel.Options.OwnCertificate?.Chain,
        RequestedSessionTimeout = timeout,
    };

    public ActivateSessionRequest ActivateSession(ExtensionObject? identity = null, SignatureData? userSignature = null)
    {
        PolicyProfile policy = PolicyProfile.Of(Channel.Options.SecurityPolicy);
        return new ActivateSessionRequest
        {
            ClientSignature = policy.IsNone ? new SignatureData() : new SignatureData
            {
                Algorithm = policy.SignatureUri,
                Signature = SessionSignature.Create(policy, Channel.Options.OwnCertificate!, Channel.Options.ServerCertificate.Span, ServerNonce),
            },
            UserIdentityToken = identity ?? new ExtensionObject(new AnonymousIdentityToken { PolicyId = "anonymous" }),
            UserTokenSignature = userSignature ?? new SignatureData(),
        };
    }

    public async Task OpenSessionAsync(double timeout = 60_000)
    {
        await CreateAsync(timeout);
        await ActivateAsync();
    }

    public async Task CreateAsync(double timeout = 60_000)
    {
        Session = await SendAsync<CreateSessionResponse>(CreateSession(timeout));
        Token = Session.AuthenticationToken;
        ServerNonce = Session.ServerNonce;
    }

    public async Task ActivateAsync(ExtensionObject? identity = null) =>
        ServerNonce = (await SendAsync<ActivateSessionResponse>(ActivateSession(identity))).ServerNonce;

    public async Task<DataValue> ReadAsync(NodeId nodeId, uint attributeId = AttributeIds.Value, string? range = null)
    {
        var response = await SendAsync<ReadResponse>(new ReadRequest
        {
            TimestampsToReturn = TimestampsToReturn.Both,
            NodesToRead = [new ReadValueId { NodeId = nodeId, AttributeId = attributeId, IndexRange = range }],
        });
        return response.Results[0];
    }

    /// <summary>Requests that the server has answered with a fault so far, as its diagnostics tell anybody.</summary>
    public async Task<uint> RejectedRequestsAsync() => (await ReadAsync(RejectedRequestsCount)).Value.Get<uint>();

    public async Task<StatusCode> WriteAsync(NodeId nodeId, DataValue value, uint attributeId = AttributeIds.Value, string? range = null) =>
        (await SendAsync<WriteResponse>(new WriteRequest { NodesToWrite = [new WriteValue { NodeId = nodeId, AttributeId = attributeId, IndexRange = range, Value = value }] })).Results[0];

    public async Task<CreateSubscriptionResponse> SubscribeAsync(double interval = 100, uint keepAlive = 10, uint lifetime = 100, uint most = 0, byte priority = 0, bool enabled = true) =>
        await SendAsync<CreateSubscriptionResponse>(new CreateSubscriptionRequest
        {
            RequestedPublishingInterval = interval,
            RequestedLifetimeCount = lifetime,
            RequestedMaxKeepAliveCount = keepAlive,
            MaxNotificationsPerPublish = most,
            PublishingEnabled = enabled,
            Priority = priority,
        });

    public async Task<MonitoredItemCreateResult> MonitorAsync(uint subscription, NodeId nodeId, double sampling = 0, uint queue = 100, bool discardOldest = true,
        uint handle = 1, MonitoringMode mode = MonitoringMode.Reporting, DataChangeFilter? filter = null, string? range = null, uint attributeId = AttributeIds.Value)
    {
        var response = await SendAsync<CreateMonitoredItemsResponse>(new CreateMonitoredItemsRequest
        {
            SubscriptionId = subscription,
            TimestampsToReturn = TimestampsToReturn.Both,
            ItemsToCreate =
            [
                new MonitoredItemCreateRequest
                {
                    ItemToMonitor = new ReadValueId { NodeId = nodeId, AttributeId = attributeId, IndexRange = range },
                    MonitoringMode = mode,
                    RequestedParameters = new MonitoringParameters
                    {
                        ClientHandle = handle,
                        SamplingInterval = sampling,
                        QueueSize = queue,
                        DiscardOldest = discardOldest,
                        Filter = filter is null ? null : new ExtensionObject(filter),
                    },
                },
            ],
        });
        return response.Results[0];
    }

    /// <summary>Publishes once; acknowledges what is given.</summary>
    public Task<PublishResponse> PublishAsync(params (uint Subscription, uint Number)[] acknowledged) => SendAsync<PublishResponse>(Publish(acknowledged));

    public static PublishRequest Publish(params (uint Subscription, uint Number)[] acknowledged) => new()
    {
        SubscriptionAcknowledgements = [.. acknowledged.Select(entry => new SubscriptionAcknowledgement { SubscriptionId = entry.Subscription, SequenceNumber = entry.Number })],
    };

    /// <summary>Values of a notification message; none for a keep-alive.</summary>
    public static MonitoredItemNotification[] Items(NotificationMessage message) =>
        [.. message.NotificationData.Select(data => data!.Body).OfType<DataChangeNotification>().SelectMany(change => change.MonitoredItems)];

    /// <summary>Publishes and acknowledges until so many values have come.</summary>
    public async Task<List<MonitoredItemNotification>> CollectAsync(int count)
    {
        var collected = new List<MonitoredItemNotification>();
        (uint, uint)[] acknowledged = [];
        while (collected.Count < count)
        {
            PublishResponse response = await PublishAsync(acknowledged);
            MonitoredItemNotification[] items = Items(response.NotificationMessage);
            acknowledged = items.Length == 0 ? [] : [(response.SubscriptionId, response.NotificationMessage.SequenceNumber)];
            collected.AddRange(items);
        }
        return collected;
    }

    public ValueTask DisposeAsync() => Channel.DisposeAsync();
}
