using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Our client against our server: every policy, mode and identity, and each service once.</summary>
public sealed class UaClientTests
{
    public static TheoryData<SecurityPolicy, MessageSecurityMode, string> Combinations
    {
        get
        {
            var data = new TheoryData<SecurityPolicy, MessageSecurityMode, string>();
            foreach (var identity in new[] { "anonymous", "name", "certificate" })
            {
                if (identity != "certificate")
                    data.Add(SecurityPolicy.None, MessageSecurityMode.None, identity);
                foreach (var policy in new[] { SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes128_Sha256_RsaOaep, SecurityPolicy.Aes256_Sha256_RsaPss })
                {
                    data.Add(policy, MessageSecurityMode.Sign, identity);
                    data.Add(policy, MessageSecurityMode.SignAndEncrypt, identity);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task Every_policy_mode_and_identity_connects_reads_and_subscribes(SecurityPolicy policy, MessageSecurityMode mode, string identity)
    {
        using var user = UserCertificate();
        await using var rig = await ClientRig.StartAsync(policy, mode, options => options with
        {
            AllowAnonymous = identity == "anonymous",
            ValidateUserCertificate = certificate => certificate.Der.AsSpan().SequenceEqual(user.RawData),
        });
        var client = await rig.ConnectAsync(options => options with
        {
            SecurityPolicy = policy,
            MessageSecurityMode = mode,
            CertificateStore = policy == SecurityPolicy.None ? null : rig.TrustedStore(),
            AllowPasswordWithoutEncryption = policy == SecurityPolicy.None,
            UserIdentity = identity switch
            {
                "name" => UserIdentity.UserName("operator", "secret"),
                "certificate" => UserIdentity.X509(user),
                _ => UserIdentity.Anonymous,
            },
        });
        Assert.True((await client.ReadValueAsync(VariableIds.Server_ServerStatus_State, TestContext.Current.CancellationToken)).Status.IsGood);
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        rig.Tags[0].SetValue(6.0);
        await sink.ValueAsync(0, 6);
    }

    [Fact]
    public async Task Wrong_password_is_refused()
    {
        await using var rig = await ClientRig.StartAsync(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt);
        var refused = await Assert.ThrowsAsync<UaException>(() => rig.ConnectAsync(options => options with
        {
            SecurityPolicy = SecurityPolicy.Basic256Sha256,
            MessageSecurityMode = MessageSecurityMode.SignAndEncrypt,
            CertificateStore = rig.TrustedStore(),
            UserIdentity = UserIdentity.UserName("operator", "guess"),
        }));
        Assert.True(refused.Status.Value is StatusCodes.BadUserAccessDenied or StatusCodes.BadIdentityTokenRejected, refused.Message);
        Assert.DoesNotContain("guess", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Clause", "Part 4 §7.40.2.2 in clear")]
    public async Task Password_in_clear_is_reported_each_time()
    {
        await using var rig = await ClientRig.StartAsync();
        await rig.ConnectAsync(options => options with { UserIdentity = UserIdentity.UserName("operator", "secret"), AllowPasswordWithoutEncryption = true });
        var warning = Assert.Single(rig.EventsOf<UaClientEvent.SecurityWarning>());
        Assert.Contains("operator", warning.What, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", warning.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_is_renewed_under_traffic()
    {
        await using var rig = await ClientRig.StartAsync(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt);
        var client = await rig.ConnectAsync(options => options with
        {
            SecurityPolicy = SecurityPolicy.Basic256Sha256,
            MessageSecurityMode = MessageSecurityMode.SignAndEncrypt,
            CertificateStore = rig.TrustedStore(),
            TokenLifetime = TimeSpan.FromSeconds(1),
        });
        var sink = new RecordingSink();
        await ClientRig.SubscribeAsync(client, sink);
        for (var value = 1; rig.EventsOf<UaClientEvent.TokenRenewed>().Length < 1; value++)
        {
            rig.Tags[0].SetValue((double)value);
            await sink.ValueAsync(0, value);
        }
        Assert.Equal(0, client.Counters.SequenceGaps);
        Assert.Equal(UaClientState.Connected, client.State);
    }

    [Fact]
    public async Task Namespaces_limits_state_and_clock_are_known_after_connecting()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        Assert.Equal(ClientRig.Namespace, client.Server.NamespaceArray[rig.Index]);
        Assert.Equal(ServerState.Running, client.Server.State);
        Assert.Equal(255, client.Server.ServiceLevel);
        Assert.NotEqual(0u, client.Server.OperationLimits.MaxNodesPerRead);
        Assert.Equal(RedundancySupport.None, client.Server.RedundancySupport);
        Assert.NotNull(client.Server.ProductName);
        Assert.True(client.Server.ClockOffset.IsKnown);
        Assert.InRange(client.Server.ClockOffset.Offset.Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(1) + client.Server.ClockOffset.Uncertainty);
        Assert.Equal(rig.Tags[3].NodeId, await client.ResolveAsync($"nsu={ClientRig.Namespace};s=Tag3", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Services_answer_in_the_order_asked()
    {
        await using var rig = await ClientRig.StartAsync(change: options => options with { Limits = options.Limits with { MaxNodesPerRead = 15, MaxNodesPerWrite = 3 } });
        var client = await rig.ConnectAsync();
        var cancellation = TestContext.Current.CancellationToken;

        var written = await client.WriteAsync(rig.Tags.Select((tag, i) => new WriteValue { NodeId = tag.NodeId, Value = new DataValue((double)i) }).ToArray(), cancellation);
        Assert.All(written, status => Assert.True(status.IsGood));
        var read = await client.ReadAsync(Enumerable.Range(0, 100).Select(i => new ReadValueId { NodeId = rig.Tags[i % 10].NodeId }).ToArray(), TimestampsToReturn.Both, TimeSpan.Zero, cancellation);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (double)(i % 10)), read.Select(value => value.Value.Get<double>()));
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await client.ReadValueAsync(new NodeId("None", rig.Index), cancellation)).Status.Value);
        Assert.True((await client.WriteValueAsync(rig.Tags[0].NodeId, "text", cancellation)).IsBad);

        var browsed = await client.BrowseAsync(new[] { rig.Folder.NodeId }, new BrowseOptions { PageSize = 3 }, cancellation);
        Assert.Equal(rig.Tags.Select(tag => tag.NodeId).ToHashSet(), browsed[0].References.Select(reference => reference.NodeId.NodeId).ToHashSet());
        var translated = await client.TranslateBrowsePathsAsync(new[]
        {
            new BrowsePath
            {
                StartingNode = ObjectIds.ObjectsFolder,
                RelativePath = new RelativePath { Elements = [Step("Plant", rig.Index), Step("Tag7", rig.Index)] },
            },
        }, cancellation);
        Assert.Equal(rig.Tags[7].NodeId, translated[0].Targets.Single().TargetId.NodeId);
    }

    [Fact]
    public async Task Whole_address_space_is_browsed_once()
    {
        await using var rig = await ClientRig.StartAsync(change: options => options with { Limits = options.Limits with { MaxNodesPerBrowse = 50, MaxReferencesPerNode = 7 } });
        var client = await rig.ConnectAsync();
        var found = new HashSet<ExpandedNodeId>();
        await foreach (var node in client.BrowseTreeAsync(ObjectIds.RootFolder, new BrowseOptions(), TestContext.Current.CancellationToken))
            Assert.True(found.Add(node.Reference.NodeId), node.ToString());
        Assert.True(found.Count > 100);
        Assert.All(rig.Tags, tag => Assert.Contains(tag.NodeId, found));
    }

    [Fact]
    public async Task Methods_are_called_and_their_refusals_thrown()
    {
        await using var rig = await ClientRig.StartAsync();
        var half = rig.Server.AddressSpace.AddMethod(rig.Folder, new NodeId("Half", rig.Index), "Half",
            (_, input) => ValueTask.FromResult(input[0].Get<double>() < 0
                ? new CallMethodResult { StatusCode = StatusCodes.BadOutOfRange }
                : new CallMethodResult { OutputArguments = [input[0].Get<double>() / 2] }),
            [new Argument { Name = "Whole", DataType = DataTypeIds.Double, ValueRank = ValueRanks.Scalar }],
            [new Argument { Name = "Half", DataType = DataTypeIds.Double, ValueRank = ValueRanks.Scalar }]);
        var client = await rig.ConnectAsync();
        Assert.Equal(21.0, (await client.CallMethodAsync(rig.Folder.NodeId, half.NodeId, TestContext.Current.CancellationToken, 42.0))[0].Get<double>());
        var refused = await Assert.ThrowsAsync<UaException>(() => client.CallMethodAsync(rig.Folder.NodeId, half.NodeId, TestContext.Current.CancellationToken, -1.0));
        Assert.Equal(StatusCodes.BadOutOfRange, refused.Status.Value);
        Assert.True((await Assert.ThrowsAsync<UaException>(() => client.CallMethodAsync(rig.Folder.NodeId, half.NodeId, TestContext.Current.CancellationToken, "text"))).Status.IsBad);
    }

    [Fact]
    public async Task History_is_read_page_by_page_up_to_its_cap()
    {
        await using var rig = await ClientRig.StartAsync(change: options => options with { Limits = options.Limits with { MaxHistoryValuesPerRead = 10 } });
        var start = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1);
        for (var i = 0; i < 50; i++)
            rig.Tags[0].SetValue(new DataValue((double)i, StatusCodes.Good, start.AddSeconds(i)));
        var client = await rig.ConnectAsync();
        var all = (await client.HistoryReadRawAsync(new[] { rig.Tags[0].NodeId }, start, start.AddMinutes(5), 1000, TestContext.Current.CancellationToken))[0];
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (double)i), all.Values.Select(value => value.Value.Get<double>()));
        Assert.False(all.Truncated);
        var some = (await client.HistoryReadRawAsync(new[] { rig.Tags[0].NodeId }, start, start.AddMinutes(5), 25, TestContext.Current.CancellationToken))[0];
        Assert.Equal(25, some.Values.Count);
        Assert.True(some.Truncated);
    }

    [Fact]
    public async Task Items_are_modified_silenced_and_removed()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink();
        var subscription = await ClientRig.SubscribeAsync(client, sink, tags: 3);
        var cancellation = TestContext.Current.CancellationToken;
        await sink.ValueAsync(2, 0);

        var modified = await subscription.ModifyItemsAsync([ClientRig.Item(0) with { Deadband = DeadbandType.Absolute, DeadbandValue = 10 }], cancellation);
        Assert.True(modified[0].Status.IsGood);
        await subscription.SetMonitoringModeAsync(MonitoringMode.Disabled, [1], cancellation);
        await subscription.RemoveItemsAsync([2], cancellation);
        Assert.Equal(2, rig.Server.MonitoredItemCount);
        rig.Tags[0].SetValue(5.0);
        rig.Tags[1].SetValue(5.0);
        rig.Tags[2].SetValue(5.0);
        rig.Tags[0].SetValue(50.0);
        await sink.ValueAsync(0, 50);
        Assert.DoesNotContain(sink.Changes.SelectMany(change => change.Items), item => item.Value.Value.Get<double>() == 5);

        await subscription.SetPublishingModeAsync(false, cancellation);
        rig.Tags[0].SetValue(100.0);
        await sink.NextAsync<KeepAlive>();
        await sink.NextAsync<KeepAlive>();
        Assert.DoesNotContain(sink.Changes.SelectMany(change => change.Items), item => item.Value.Value.Get<double>() == 100);
        await subscription.SetPublishingModeAsync(true, cancellation);
        await sink.ValueAsync(0, 100);

        await subscription.ModifyAsync(subscription.Options with { PublishingInterval = TimeSpan.FromMilliseconds(40), KeepAliveCount = 7 }, cancellation);
        Assert.Equal(TimeSpan.FromMilliseconds(280), subscription.KeepAliveInterval);
        await subscription.DisposeAsync();
        Assert.Equal(0, rig.Server.SubscriptionCount);
    }

    [Fact]
    [Trait("Clause", "Part 4 Publish MoreNotifications")]
    public async Task Message_says_whether_the_server_has_more_to_say()
    {
        await using var rig = await ClientRig.StartAsync();
        var sink = new RecordingSink();
        // Nothing is sent until all of it waits.
        var subscription = await ClientRig.SubscribeAsync(await rig.ConnectAsync(), sink, tags: 3, options => options with { PublishingEnabled = false, MaxNotificationsPerPublish = 1 });
        await subscription.SetPublishingModeAsync(true, TestContext.Current.CancellationToken);
        for (var left = 2; left >= 0; left--)
            Assert.Equal(left > 0, (await sink.NextAsync<RecordingSink.Data>()).MoreFollow);
    }

    [Fact]
    public async Task Client_handle_may_not_be_used_twice()
    {
        await using var rig = await ClientRig.StartAsync();
        var subscription = await ClientRig.SubscribeAsync(await rig.ConnectAsync(), new RecordingSink());
        await Assert.ThrowsAsync<ArgumentException>(() => subscription.AddItemsAsync([ClientRig.Item(5), ClientRig.Item(0)], TestContext.Current.CancellationToken));
        Assert.Equal(1, subscription.MonitoredItems);
    }

    [Fact]
    [Trait("Clause", "Part 4 §5.13 back-pressure")]
    public async Task Sink_that_throws_is_reported_and_the_next_value_comes()
    {
        await using var rig = await ClientRig.StartAsync();
        var client = await rig.ConnectAsync();
        var sink = new RecordingSink { Hold = Task.FromException(new InvalidOperationException("a bug")) };
        await ClientRig.SubscribeAsync(client, sink);
        while (rig.EventsOf<UaClientEvent.HandlerFailed>().Length == 0)
            await SecureChannel.ChannelRig.SettleAsync();
        sink.Hold = null;
        rig.Tags[0].SetValue(8.0);
        await sink.ValueAsync(0, 8);
    }

    [Fact]
    public async Task Discovery_finds_the_server_and_its_endpoints()
    {
        await using var rig = await ClientRig.StartAsync(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt);
        var endpoints = await UaDiscovery.GetEndpointsAsync(rig.Server.BoundEndpointUrl, new DiscoveryOptions(), TestContext.Current.CancellationToken);
        Assert.Contains(endpoints, endpoint => endpoint.SecurityPolicyUri == PolicyProfile.Of(SecurityPolicy.Basic256Sha256).Uri);
        var servers = await UaDiscovery.FindServersAsync(rig.Server.BoundEndpointUrl, new DiscoveryOptions(), TestContext.Current.CancellationToken);
        Assert.Equal("urn:test:server", Assert.Single(servers).ApplicationUri);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_said_plainly()
    {
        await using var client = new UaClient(new UaClientOptions { EndpointUrl = "opc.tcp://127.0.0.1:1/", SecurityPolicy = SecurityPolicy.None, MessageSecurityMode = MessageSecurityMode.None });
        var refused = await Assert.ThrowsAsync<UaException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.Contains("127.0.0.1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:4840")]
    [InlineData("localhost:4840")]
    [InlineData("")]
    public void Options_that_cannot_work_are_refused_by_name(string url)
    {
        var refused = Assert.Throws<ArgumentException>(() => new UaClient(new UaClientOptions { EndpointUrl = url, SecurityPolicy = SecurityPolicy.None, MessageSecurityMode = MessageSecurityMode.None }));
        Assert.Contains("EndpointUrl", refused.Message, StringComparison.Ordinal);
    }

    private static RelativePathElement Step(string name, ushort index) =>
        new() { ReferenceTypeId = ReferenceTypeIds.HierarchicalReferences, IncludeSubtypes = true, TargetName = new QualifiedName(index, name) };

    private static X509Certificate2 UserCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Operator", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
