using PatchEdge.OpcUa.Client;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>
/// Random faults while a value counts up. Whatever happens, the values come in order, and where one is missing the sink was told
/// that some are: the promise that continuity stands on.
/// </summary>
public sealed class RandomFaultsTests
{
    // A session whose creation was never answered stays until it times out.
    private const int MostSessions = 10;
    private const int MostSubscriptions = 10;
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A few; more by the environment variable PATCHEDGE_SEEDS.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_SEEDS"), out var seeds) ? seeds : 4)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_value_arrives_in_order_or_its_loss_is_reported(int seed)
    {
        const int Last = 400;
        var random = new Random(seed);
        await using var rig = await ClientRig.StartAsync(change: options => options with { Limits = options.Limits with { MaxRetransmissionMessages = 5 } });
        var client = await rig.ConnectAsync(options => options with { OperationTimeout = TimeSpan.FromSeconds(2), SessionTimeout = SessionTimeout });
        var sink = new RecordingSink { Acknowledges = seed % 2 == 0 };
        var subscription = await client.SubscribeAsync(
            new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(10), KeepAliveCount = 50, LifetimeCount = 10_000 }, sink, TestContext.Current.CancellationToken);
        await subscription.AddItemsAsync([ClientRig.Item(0) with { QueueSize = 1000 }], TestContext.Current.CancellationToken);

        var (sessions, subscriptions) = (0, 0);
        for (var value = 1; value <= Last; value++)
        {
            (sessions, subscriptions) = (Math.Max(sessions, rig.Server.SessionCount), Math.Max(subscriptions, rig.Server.SubscriptionCount));
            rig.Tags[0].SetValue((double)value);
            if (random.Next(8) == 0)
                Disturb(rig, random.Next(10), random);
            if (random.Next(3) == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(25)), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        await sink.ValueAsync(0, Last);

        var reached = 0.0;
        var told = false;
        foreach (var what in sink.All)
        {
            told |= what is LostNotifications or SubscriptionStatus.Recovered { How: RecoveryKind.Recreated };
            if (what is not RecordingSink.Data { Origin: not DataChangeOrigin.Refresh } data)
                continue;
            foreach (var (_, item) in data.Items)
            {
                var value = item.Value.Get<double>();
                Assert.True(value == reached + 1 || told && value >= reached || item.Status.HasOverflow || (value, reached) == (0, 0),
                    $"seed {seed}: after {reached} came {value}, and nothing was said.\n{string.Join('\n', sink.All.Where(entry => entry is not KeepAlive))}");
                told &= value == reached;
                reached = value;
            }
        }
        Assert.True(reached == Last || told, $"seed {seed}: {Last} never came");
        Assert.InRange(sessions, 1, MostSessions);
        Assert.InRange(subscriptions, 1, MostSubscriptions);
        // A subscription whose creation was never answered is found out and deleted, or ends with its session.
        await Eventually.TrueAsync("one session and one subscription are left", () => Task.FromResult((rig.Server.SessionCount, rig.Server.SubscriptionCount) == (1, 1)),
            SessionTimeout + TimeSpan.FromSeconds(25), () => $"seed {seed}: {rig.Server.SessionCount} sessions, {rig.Server.SubscriptionCount} subscriptions");
        Assert.Equal(UaClientState.Connected, client.State);
        Assert.Empty(rig.EventsOf<UaClientEvent.HandlerFailed>());
    }

    private static void Disturb(ClientRig rig, int what, Random random)
    {
        var faults = rig.Server.Faults;
        switch (what)
        {
            case < 4:
                faults.CutConnections();
                break;
            case < 8:
                faults.DropNextPublishResponse(random.Next(1, 4));
                break;
            case 8:
                faults.ForgetSubscriptions();
                break;
            default:
                faults.ForgetSessions();
                break;
        }
    }
}
