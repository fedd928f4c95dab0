using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Messaging.Broker;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Ledger;

public sealed class HeadTests
{
    private static readonly string HeadTopic = Topics.LedgerHead(TestPlant.Site);

    [Fact]
    public async Task Head_is_signed_when_the_ledger_grew_and_kept_by_the_broker_and_in_the_file()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.AdvanceAsync(TimeSpan.FromMinutes(1.1));
        await scheduler.AdvanceAsync(TimeSpan.FromMinutes(2));

        await using var gateway = await ScriptedClient.ConnectAsync(scheduler, TopicAccess.GatewayPrefix + TestPlant.Gateway, HeadTopic);
        var head = scheduler.Signer.ReadHead(await gateway.HearAsync("head"))!;

        await using var db = await scheduler.Services.GetRequiredService<IDbContextFactory<SchedulerDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        var stored = await db.LedgerHeads.OrderBy(item => item.Size).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal((await scheduler.LedgerAsync()).Count, head.Size);
        Assert.Equal(stored[^1].Root, head.Root);
        Assert.Equal(stored.Count, stored.Select(item => item.Size).Distinct().Count());
        var noted = scheduler.Services.GetRequiredService<LedgerAnchors>().Read(scheduler.Signer.ReadHead);
        Assert.Equal(stored.Select(item => item.Size), noted.Heads.Keys.Order());
    }

    /// <summary>The whole data directory is an older copy, so only others know better.</summary>
    [Fact]
    [Trait("Req", "hostile-47")]
    public async Task Older_copy_is_noticed_by_a_head_that_a_gateway_gives_back_and_reopened_on_record()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.StopAsync();
        var copy = scheduler.Folder["copy"];
        Copy(scheduler.Folder["data"], copy);
        await scheduler.StartAgainAsync();
        await scheduler.AddAsync("J2");
        await scheduler.AddAsync("J3");
        await scheduler.AdvanceAsync(TimeSpan.FromMinutes(1.1));
        string token;
        await using (var gateway = await ScriptedClient.ConnectAsync(scheduler, TopicAccess.GatewayPrefix + TestPlant.Gateway, HeadTopic))
            token = await gateway.HearAsync("head");
        await scheduler.StopAsync();
        Directory.Delete(scheduler.Folder["data"], recursive: true);
        Copy(copy, scheduler.Folder["data"]);

        await scheduler.StartAgainAsync();
        Assert.Null(scheduler.Services.GetRequiredService<LedgerHealth>().Fault);
        await GiveBackAsync(scheduler, token);
        await RunningScheduler.UntilAsync("releases are locked", () => scheduler.Services.GetRequiredService<LedgerHealth>().IsTampered);

        Assert.Contains("gateway gw-1 holds its head of", scheduler.Services.GetRequiredService<LedgerHealth>().Fault, StringComparison.Ordinal);
        Assert.Contains("ledger reopen", scheduler.Services.GetRequiredService<LedgerHealth>().Fault, StringComparison.Ordinal);
        Assert.Contains((await scheduler.WhyAsync("J1")).Verdicts, verdict => verdict is { Gate: "ledger-writable", Outcome: GateOutcome.Block });
        await scheduler.StopAsync();

        await ReopenAsync(scheduler, token);
        await scheduler.StartAgainAsync();
        await GiveBackAsync(scheduler, token);
        await scheduler.SettledAsync();

        Assert.Null(scheduler.Services.GetRequiredService<LedgerHealth>().Fault);
        Assert.True((await scheduler.LedgerAsync()).Count > scheduler.Services.GetRequiredService<PermitSigner>().ReadHead(token)!.Size);
    }

    [Fact]
    [Trait("Req", "hostile-47")]
    public async Task Head_of_another_ledger_of_the_same_key_locks_and_a_stranger_s_does_not()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        await scheduler.SettledAsync();
        var head = new LedgerHead { Site = TestPlant.Site, Size = 2, Root = new string('0', 64), At = Facts.Now };
        using var stranger = PermitSigner.Open(scheduler.Folder["stranger.pem"]);
        var heads = scheduler.Services.GetRequiredService<HeadKeeper>();

        Assert.Null(await heads.JudgeAsync(stranger.Sign(head), "gateway gw-1", TestContext.Current.CancellationToken));
        Assert.Null(await heads.JudgeAsync("rubbish", "gateway gw-1", TestContext.Current.CancellationToken));
        Assert.Null(await heads.JudgeAsync(scheduler.Signer.Sign(head with { Site = "Elsewhere" }), "gateway gw-1", TestContext.Current.CancellationToken));
        Assert.False(scheduler.Services.GetRequiredService<LedgerHealth>().IsTampered);
        Assert.Contains("rewritten", await heads.JudgeAsync(scheduler.Signer.Sign(head), "gateway gw-1", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(scheduler.Services.GetRequiredService<LedgerHealth>().IsTampered);
    }

    [Fact]
    public void File_of_heads_is_bounded_and_keeps_the_newest()
    {
        using var folder = new TestFolder();
        var anchors = new LedgerAnchors(folder["heads.txt"]);
        File.WriteAllLines(folder["heads.txt"], Enumerable.Range(1, LedgerAnchors.MostLines).Select(index => $"{index} {new string('a', 64)}"));

        anchors.Note(new LedgerEntry { Index = LedgerAnchors.MostLines + 1, Json = "", Hash = new string('b', 64) });

        Assert.Equal(LedgerAnchors.KeptLines + 1, File.ReadLines(folder["heads.txt"]).Count());
        Assert.Equal(LedgerAnchors.MostLines + 1, anchors.Read(_ => null).Newest!.Value.Index);
    }

    private static async Task GiveBackAsync(RunningScheduler scheduler, string token)
    {
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        Assert.Equal(MQTTnet.MqttClientPublishReasonCode.Success, await gateway.PublishAsync(Topics.LedgerHeadSeen(TestPlant.Site, TestPlant.Gateway), token, retain: true));
    }

    private static async Task ReopenAsync(RunningScheduler scheduler, string token)
    {
        using var data = DataDirectory.Take(scheduler.Folder["data"]);
        using var signer = PermitSigner.Open(scheduler.Folder["secrets/scheduler.key.pem"]);
        var anchors = new LedgerAnchors(data.Anchors).Read(signer.ReadHead);
        anchors.Take(token, 1, "gateway gw-1", signer.ReadHead);

        await using var term = await OfflineTerm.TakeAsync(data, scheduler.Options, scheduler.Time, TestContext.Current.CancellationToken);
        var (done, message) = await LedgerReopening.RunAsync(data, term, anchors, "Ann (local)", "the disk died", scheduler.Time, TestContext.Current.CancellationToken);

        Assert.True(done, message);
        SqliteConnection.ClearAllPools();
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
