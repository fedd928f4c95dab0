using System.Diagnostics;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Interop;

/// <summary>
/// Ten thousand items that change every 100 ms, in both directions at once. Each value is one more than the one before, so that a
/// loss shows whatever the pace: where a busy machine feeds slower than asked there are fewer changes, never missing ones. Queues
/// hold all of a run, so a slow reader is late and loses nothing either. PATCHEDGE_LOAD_SECONDS makes the runs longer or shorter.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TenThousandItemsTests(ITestOutputHelper output) : IDisposable
{
    private const int Items = 10_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SecurityPolicy.None, MessageSecurityMode.None, 60)]
    [InlineData(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt, 20)]
    [Trait("Req", "Interop")]
    public async Task Every_change_arrives_in_both_directions(SecurityPolicy policy, MessageSecurityMode mode, int seconds)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_LOAD_SECONDS"), out var asked))
            seconds = asked;
        var ticks = (int)(TimeSpan.FromSeconds(seconds) / Pace);
        await Task.WhenAll(ClientOfTheirServerAsync(policy, mode, ticks), ServerOfTheirClientAsync(policy, mode, ticks));
    }

    public void Dispose() => folder.Dispose();

    /// <summary>A machine ten times too slow is still given the time.</summary>
    private static TimeSpan Patience(int ticks) => Pace * ticks * 10 + TimeSpan.FromMinutes(1);

    private async Task ClientOfTheirServerAsync(SecurityPolicy policy, MessageSecurityMode mode, int ticks)
    {
        var store = new CertificateStore(folder.File("our-client"), TimeProvider.System);
        ForeignServer.IntroduceTo(folder.File("their-server"), store);
        await using var peer = await NodePeer.StartServerAsync(folder.File("their-server"), "--load", $"{Items}");
        File.Copy((string)peer.Ready["certificate"]!, Path.Combine(store.TrustedDirectory, "server.der"));
        await using var client = new UaClient(ForeignServer.Options((string)peer.Ready["endpoint"]!, store) with { SecurityPolicy = policy, MessageSecurityMode = mode });
        await client.ConnectAsync(Cancellation);
        var sink = new CountingSink(Items, ticks);
        await using var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = Pace, KeepAliveCount = 100, LifetimeCount = 10_000 }, sink, Cancellation);
        var prefix = (await client.ResolveAsync($"nsu={peer.Ready["namespace"]};s=Load", Cancellation)).ToString();
        var added = await subscription.AddItemsAsync([.. Enumerable.Range(0, Items).Select(i => new MonitoredItemOptions
        {
            ClientHandle = (uint)i, NodeId = NodeId.Parse($"{prefix}.{i}"), SamplingInterval = TimeSpan.Zero, QueueSize = (uint)ticks,
        })], Cancellation);
        Assert.All(added, item => Assert.True(item.Status.IsGood, item.ToString()));

        await peer.AskAsync("load", new { ticks, pace = Pace.TotalMilliseconds });
        await Task.WhenAny(sink.Complete, Task.Delay(Patience(ticks), TimeProvider.System, Cancellation));
        var fed = await peer.EventAsync("loaded", Patience(ticks));
        output.WriteLine($"their server fed {ticks} ticks in {(double)fed["elapsed"]! / 1000:0.0} s; {sink}; {client.Counters}");
        Assert.True(sink.Complete.IsCompleted, sink.ToString());
        Assert.Equal((long)Items * ticks, sink.Received);
        Assert.True(sink is { Missing: 0, Repeated: 0, Overflows: 0, Losses.Count: 0 }, sink.ToString());
        Assert.Equal((0L, 0L), (client.Counters.MessagesLost, client.Counters.Reconnects));
    }

    private async Task ServerOfTheirClientAsync(SecurityPolicy policy, MessageSecurityMode mode, int ticks)
    {
        var store = new CertificateStore(folder.File("our-server"), TimeProvider.System);
        await using var server = new UaServer(ForeignClient.Options(store) with
        {
            Limits = new ServerLimits { MaxQueuedValuesPerSubscription = Math.Max(1_000_000, Items * ticks) },
        });
        var index = server.AddressSpace.AddNamespace(ForeignClient.Namespace);
        var plant = server.AddressSpace.AddFolder(server.AddressSpace.Objects, new NodeId("Plant", index), "Plant");
        var load = Enumerable.Range(0, Items).Select(i => server.AddressSpace.AddVariable(plant, new NodeId($"Load.{i}", index), $"Load.{i}",
            new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(0.0) })).ToArray();
        await server.StartAsync(Cancellation);
        await using var peer = await NodePeer.StartClientAsync(server.BoundEndpointUrl, folder.File("their-client"), "--trust-all", "--idle");
        File.Copy((string)peer.Ready["certificate"]!, Path.Combine(store.TrustedDirectory, "client.der"));
        await peer.AskAsync("connect", new { policy = policy.ToString(), mode = mode.ToString() });
        var subscribed = await peer.AskAsync("load", new { prefix = new NodeId("Load.", index).ToString(), count = Items, interval = Pace.TotalMilliseconds, queue = ticks });
        Assert.Equal(Items, (int)subscribed["items"]!);

        var start = Stopwatch.GetTimestamp();
        using (var timer = new PeriodicTimer(Pace, TimeProvider.System))
            for (var tick = 1; tick <= ticks && await timer.WaitForNextTickAsync(Cancellation); tick++)
                foreach (var variable in load)
                    variable.SetValue((double)tick);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var counted = await peer.AskAsync("loaded", new { ticks, within = Patience(ticks).TotalMilliseconds }, Patience(ticks) + TimeSpan.FromMinutes(1));
        output.WriteLine($"our server fed {ticks} ticks in {elapsed.TotalSeconds:0.0} s; {counted.ToJsonString()}");
        Assert.Equal((long)Items * ticks, (long)counted["received"]!);
        Assert.All(["missing", "repeated", "overflows", "bad", "behind"], count => Assert.Equal(0, (int)counted[count]!));
    }
}
