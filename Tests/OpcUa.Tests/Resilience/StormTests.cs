using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Tests.Client;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>Many connections that come and go; client and server share this process, so that what either leaks shows. PATCHEDGE_RECONNECTS says how many.</summary>
[Collection(nameof(Alone))]
public sealed class StormTests(ITestOutputHelper output)
{
    private const int WarmUp = 50;
    private const long MemoryAllowed = 2 * 1024 * 1024;

    private static int Reconnects => int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_RECONNECTS"), out var count) ? count : 10_000;

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Reconnects_leak_nothing()
    {
        await using var rig = await ClientRig.StartAsync();
        // A client that is cut again at once waits before it comes back: here for next to nothing.
        await using var client = new UaClient(rig.Options with
        {
            ReconnectBackoff = new ReconnectBackoff { First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromMilliseconds(1) },
        });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        var sink = new RecoverySink();
        var subscription = await ClientRig.SubscribeAsync(client, sink, tags: 10);

        for (var i = 0; i < WarmUp; i++)
            await ReconnectAsync(i);
        var before = Footprint.Now();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Reconnects; i++)
            await ReconnectAsync(i);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var after = Footprint.Now();

        output.WriteLine($"{Reconnects} reconnects in {elapsed.TotalSeconds:0.0} s; before {before}, after {after}");
        Assert.Equal((1, 1, 10), (rig.Server.SessionCount, rig.Server.SubscriptionCount, rig.Server.MonitoredItemCount));
        Assert.Equal(10, subscription.MonitoredItems);
        // The sink hears of the last one before it is counted.
        await Eventually.TrueAsync("the last reconnect is counted", () => Task.FromResult(client.Counters.Reconnects >= WarmUp + Reconnects), TimeSpan.FromSeconds(30));
        Assert.Equal(WarmUp + Reconnects, client.Counters.Reconnects);
        Assert.True(after.Handles <= before.Handles + 4, $"{before} {after}");
        Assert.True(after.Threads <= before.Threads + 16, $"{before} {after}");
        Assert.True(after.Memory <= before.Memory + MemoryAllowed, $"{before} {after}");

        // Every fiftieth time the server forgets everything instead, which the client notices only when it asks.
        async Task ReconnectAsync(int round)
        {
            var forgets = round % 50 == 49;
            if (forgets)
                rig.Server.Faults.ForgetSessions();
            else
                rig.Server.Faults.CutConnections();
            Assert.Equal(forgets ? RecoveryKind.Recreated : RecoveryKind.Republished, await sink.NextAsync());
        }
    }

    [Fact]
    [Trait("Req", "Resilience")]
    public async Task Peers_that_reset_their_connection_at_once_hold_up_nobody_and_leak_nothing()
    {
        await using var rig = await ClientRig.StartAsync();
        await using var client = await rig.ConnectAsync();
        var address = new IPEndPoint(IPAddress.Loopback, new Uri(rig.Server.BoundEndpointUrl).Port);
        await ComeAndGoAsync(WarmUp);
        var before = Footprint.Now();
        await ComeAndGoAsync(Math.Min(Reconnects, 2000));
        await Eventually.TrueAsync("sockets of peers that left are closed", () => Task.FromResult(Footprint.Now().Handles <= before.Handles + 4), TimeSpan.FromSeconds(30), () => $"{before} {Footprint.Now()}");

        async Task ComeAndGoAsync(int peers)
        {
            for (var i = 0; i < peers; i++)
            {
                using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await peer.ConnectAsync(address, TestContext.Current.CancellationToken);
                peer.Close(0);
            }
            await using var other = new UaClient(rig.Options with { ConnectTimeout = TimeSpan.FromSeconds(10) });
            await other.ConnectAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What this process holds.</summary>
    private sealed record Footprint(int Handles, int Threads, long Memory)
    {
        public static Footprint Now()
        {
            using var process = Process.GetCurrentProcess();
            var memory = GC.GetTotalMemory(forceFullCollection: true);
            // Elsewhere than on Linux a handle is more than a file.
            var handles = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : process.HandleCount;
            return new Footprint(handles, process.Threads.Count, memory);
        }
    }

    private sealed class RecoverySink : ISubscriptionSink
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly Channel<RecoveryKind> recovered = Channel.CreateUnbounded<RecoveryKind>();

        public Task<RecoveryKind> NextAsync() => recovered.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TimeProvider.System);

        public ValueTask OnDataChangeAsync(DataChange change)
        {
            if (change.SequenceNumber != 0)
                change.Subscription.Acknowledge(change.SequenceNumber, change.Epoch);
            return ValueTask.CompletedTask;
        }

        public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) => ValueTask.CompletedTask;
        public ValueTask OnLostAsync(LostNotifications lost) => ValueTask.CompletedTask;

        public ValueTask OnStatusAsync(SubscriptionStatus status)
        {
            if (status is SubscriptionStatus.Recovered { How: not RecoveryKind.OnTime } back)
                recovered.Writer.TryWrite(back.How);
            return ValueTask.CompletedTask;
        }
    }
}
