using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>
/// A server that answers as a test tells it to: what a script does not handle is answered decently, so that each test says only
/// what is wrong with its server.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TestPki pki = new();
    private readonly ServerListener listener;
    private readonly ConcurrentQueue<(ServerChannel Channel, uint RequestId, PublishRequest Request)> publishes = new();

    public ScriptedServer(SecurityPolicy policy = SecurityPolicy.None)
    {
        Policy = policy;
        Mode = policy == SecurityPolicy.None ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt;
        listener = new ServerListener(new ServerListenerOptions
        {
            Address = new IPEndPoint(IPAddress.Loopback, 0),
            Offered = [(policy, Mode)],
            OwnCertificate = pki.Server,
            Validator = pki.ServerValidator,
            OnRequest = TakeAsync,
        });
        listener.Start();
        Url = $"opc.tcp://localhost:{listener.LocalEndPoint.Port}/";
        Endpoints =
        [
            new EndpointDescription
            {
                EndpointUrl = Url,
                Server = new ApplicationDescription { ApplicationUri = "urn:test:server" },
                ServerCertificate = pki.Server.Chain,
                SecurityMode = Mode,
                SecurityPolicyUri = PolicyProfile.Of(policy).Uri,
                UserIdentityTokens = [new UserTokenPolicy { PolicyId = "anonymous", TokenType = UserTokenType.Anonymous }],
                TransportProfileUri = EndpointChoice.BinaryTransport,
            },
        ];
    }

    public string Url { get; }
    public SecurityPolicy Policy { get; }
    public MessageSecurityMode Mode { get; }
    public TestPki Pki => pki;

    /// <summary>What discovery and CreateSession answer.</summary>
    public EndpointDescription[] Endpoints { get; set; }

    /// <summary>First say; null leaves the request to the decent answer. A <see cref="UaException"/> becomes a ServiceFault.</summary>
    public Func<IServiceRequest, IServiceResponse?>? Script { get; set; }

    /// <summary>Changes CreateSession's decent answer.</summary>
    public Func<CreateSessionResponse, CreateSessionResponse>? Session { get; set; }

    /// <summary>Changes the bytes of answers on their way out, whatever they were.</summary>
    public Func<IServiceResponse, byte[], byte[]> Edit { get; set; } = (_, bytes) => bytes;

    public Func<byte[]> Nonce { get; set; } = () => RandomNumberGenerator.GetBytes(32);

    /// <summary>Every request, in order of arrival.</summary>
    public ConcurrentQueue<IServiceRequest> Requests { get; } = new();

    public int OutstandingPublishes => publishes.Count;

    public UaClientOptions ClientOptions
    {
        get
        {
            var own = pki.ClientStore.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "Test", ApplicationUri = "urn:test:client" });
            pki.ServerStore.Trust(own.Certificate);
            return new UaClientOptions
            {
                EndpointUrl = Url,
                SecurityPolicy = Policy,
                MessageSecurityMode = Mode,
                CertificateStore = pki.ClientStore,
                ApplicationUri = "urn:test:client",
                OperationTimeout = TimeSpan.FromSeconds(10),
                KeepAliveInterval = TimeSpan.FromSeconds(60),
                ReconnectBackoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(20), Longest = TimeSpan.FromMilliseconds(100) },
            };
        }
    }

    public async Task<UaClient> ConnectAsync(Func<UaClientOptions, UaClientOptions>? change = null)
    {
        var client = new UaClient(change is null ? ClientOptions : change(ClientOptions));
        try
        {
            await client.ConnectAsync(TestContext.Current.CancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Answers the oldest Publish request that waits.</summary>
    public async Task PublishAsync(uint subscriptionId, uint sequenceNumber, params (uint Handle, double Value)[] values)
    {
        (ServerChannel Channel, uint RequestId, PublishRequest Request) waiting;
        while (!publishes.TryDequeue(out waiting))
            await SettleAsync();
        await SendAsync(waiting.Channel, waiting.RequestId, waiting.Request, new PublishResponse { SubscriptionId = subscriptionId, NotificationMessage = Message(sequenceNumber, values) });
    }

    /// <summary>Refuses the oldest Publish request that waits.</summary>
    public async Task RefusePublishAsync(StatusCode status)
    {
        (ServerChannel Channel, uint RequestId, PublishRequest Request) waiting;
        while (!publishes.TryDequeue(out waiting))
            await SettleAsync();
        await SendAsync(waiting.Channel, waiting.RequestId, waiting.Request, Fault(status));
    }

    public static NotificationMessage Message(uint sequenceNumber, params (uint Handle, double Value)[] values) => new()
    {
        SequenceNumber = sequenceNumber,
        PublishTime = TimeProvider.System.GetUtcNow().UtcDateTime,
        NotificationData = values.Length == 0 ? [] :
        [
            new ExtensionObject(new DataChangeNotification { MonitoredItems = [.. values.Select(value => new MonitoredItemNotification { ClientHandle = value.Handle, Value = new DataValue(value.Value) })] }),
        ],
    };

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        pki.Dispose();
    }

    private static Task SettleAsync() => PatchEdge.OpcUa.Tests.SecureChannel.ChannelRig.SettleAsync();

    private async ValueTask TakeAsync(ServerChannel channel, uint requestId, PooledMessage message)
    {
        IServiceRequest request;
        using (message)
            request = ServiceMessages.DecodeRequest(message.Span);
        Requests.Enqueue(request);
        IServiceResponse? response;
        try
        {
            response = Script?.Invoke(request) ?? Decent(request);
        }
        catch (UaException refused)
        {
            response = Fault(refused.Status);
        }
        if (response is not null)
            await SendAsync(channel, requestId, request, response);
        else if (request is PublishRequest publish)
            publishes.Enqueue((channel, requestId, publish));
    }

    private async Task SendAsync(ServerChannel channel, uint requestId, IServiceRequest request, IServiceResponse response)
    {
        response.ResponseHeader = response.ResponseHeader with { RequestHandle = request.RequestHeader.RequestHandle, Timestamp = TimeProvider.System.GetUtcNow().UtcDateTime };
        using var writer = new UaBinaryWriter();
        ServiceMessages.Encode(writer, response);
        try
        {
            await channel.SendAsync(requestId, Edit(response, writer.WrittenSpan.ToArray()));
        }
        catch (UaException)
        {
            // The client has gone.
        }
    }

    private static ServiceFault Fault(StatusCode status) => new() { ResponseHeader = new ResponseHeader { ServiceResult = status } };

    private IServiceResponse? Decent(IServiceRequest request) => request switch
    {
        GetEndpointsRequest => new GetEndpointsResponse { Endpoints = Endpoints },
        CreateSessionRequest create => Create(create),
        ActivateSessionRequest => new ActivateSessionResponse { ServerNonce = Nonce() },
        CloseSessionRequest => new CloseSessionResponse(),
        ReadRequest read => new ReadResponse { Results = [.. read.NodesToRead.Select(Read)] },
        CreateSubscriptionRequest create => new CreateSubscriptionResponse
        {
            SubscriptionId = 1,
            RevisedPublishingInterval = create.RequestedPublishingInterval,
            RevisedLifetimeCount = create.RequestedLifetimeCount,
            RevisedMaxKeepAliveCount = create.RequestedMaxKeepAliveCount,
        },
        DeleteSubscriptionsRequest => new DeleteSubscriptionsResponse { Results = [StatusCodes.Good] },
        CreateMonitoredItemsRequest create => new CreateMonitoredItemsResponse
        {
            Results = [.. create.ItemsToCreate.Select(item => new MonitoredItemCreateResult { MonitoredItemId = item.RequestedParameters.ClientHandle + 1000, RevisedQueueSize = 1 })],
        },
        RepublishRequest => Fault(StatusCodes.BadMessageNotAvailable),
        PublishRequest => null,
        _ => Fault(StatusCodes.BadServiceUnsupported),
    };

    private CreateSessionResponse Create(CreateSessionRequest request)
    {
        var profile = PolicyProfile.Of(Policy);
        var response = new CreateSessionResponse
        {
            SessionId = new NodeId(1, 1),
            AuthenticationToken = new NodeId(RandomNumberGenerator.GetBytes(16), 0),
            RevisedSessionTimeout = request.RequestedSessionTimeout,
            ServerNonce = Nonce(),
            ServerCertificate = pki.Server.Chain,
            ServerEndpoints = Endpoints,
            ServerSignature = profile.IsNone ? new SignatureData() : new SignatureData
            {
                Algorithm = profile.SignatureUri,
                Signature = SessionSignature.Create(profile, pki.Server, request.ClientCertificate, request.ClientNonce),
            },
        };
        return Session is null ? response : Session(response);
    }

    private static DataValue Read(ReadValueId node) => node.NodeId.NumericIdentifier switch
    {
        VariableIds.Server_NamespaceArray => new DataValue(Variant.FromArray<string?>(["http://opcfoundation.org/UA/", "urn:test:server"])),
        VariableIds.Server_ServerStatus_State => new DataValue(0),
        VariableIds.Server_ServerStatus_CurrentTime => new DataValue(TimeProvider.System.GetUtcNow().UtcDateTime),
        _ => DataValue.FromStatus(StatusCodes.BadNodeIdUnknown),
    };
}
