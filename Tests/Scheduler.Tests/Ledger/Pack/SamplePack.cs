using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Pack;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Ledger.Pack;

/// <summary>A scheduler's files as a run leaves them, with a gap that was repaired and one that was not.</summary>
internal sealed class SamplePack : IAsyncDisposable
{
    public const string Run = "J1.1";

    private readonly TestFolder folder = new();
    private readonly FakeTimeProvider time = new(Facts.Now);
    private readonly LedgerBook book;

    private SamplePack() => book = new LedgerBook(time);

    public PermitSigner Signer { get; private set; } = null!;

    public SchedulerDb Db { get; private set; } = null!;

    public ContinuityDb Continuity { get; private set; } = null!;

    public TestFolder Folder => folder;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SamplePack> CreateAsync(string word = "every gate passes", SamplePack? sameKey = null)
    {
        var sample = new SamplePack();
        if (sameKey is not null)
            File.Copy(sameKey.folder["key.pem"], sample.folder["key.pem"]);
        sample.Signer = PermitSigner.Open(sample.folder["key.pem"]);
        sample.Db = await sample.folder.CreateAsync();
        sample.Continuity = new ContinuityDb(new DbContextOptionsBuilder<ContinuityDb>().UseSqlite($"Data Source={sample.folder["continuity.db"]}").Options);
        await Schema.PrepareAsync(sample.Continuity, sample.folder["continuity.db"], ContinuityDb.Plan, Cancellation);
        await sample.FillAsync(word);
        return sample;
    }

    public Task<byte[]> ExportAsync(string run = Run) => new PackExporter(TestPlant.Model, Signer, time).ExportAsync(Db, Continuity, run, Cancellation);

    public async Task AppendAsync(string actor, string action, string subject, string reason, JsonObject? after = null)
    {
        await book.AppendAsync(Db, new LedgerRecord { Actor = actor, Action = action, Subject = subject, Reason = reason, After = after }, Cancellation);
        await Db.SaveChangesAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(10));
    }

    public async Task<SignedHead> SignAsync(bool isRelease = false)
    {
        var size = await StoredTree.SizeAsync(Db, Cancellation);
        var root = Convert.ToHexStringLower(await TreeProofs.RootAsync(size, StoredTree.Of(Db, Cancellation)));
        var token = Signer.Sign(new LedgerHead { Site = TestPlant.Site, Size = size, Root = root, At = time.GetUtcNow() });
        var head = new SignedHead { Size = size, Root = root, At = time.GetUtcNow(), IsRelease = isRelease, Token = token };
        Db.LedgerHeads.Add(head);
        await Db.SaveChangesAsync(Cancellation);
        return head;
    }

    public async ValueTask DisposeAsync()
    {
        await Db.DisposeAsync();
        await Continuity.DisposeAsync();
        Signer.Dispose();
        folder.Dispose();
    }

    private async Task FillAsync(string word)
    {
        Db.Jobs.Add(new PatchJob
        {
            Id = "J1", Host = TestPlant.Hmi, Procedure = Facts.Procedure, PatchName = "HMI runtime 14.2 <b>cumulative</b>", PatchDigest = Facts.Digest, RequestedBy = "Ann", RequestedAt = Facts.Now,
            Source = "console", ContentHash = Facts.Content,
        });
        Db.Runs.Add(new Run { Id = Run, JobId = "J1", Attempt = 1, State = RunState.Done, Since = Facts.Now });
        await AppendAsync("scheduler", LedgerActions.Started, "site", "the scheduler started; evidence from before counts for nothing");
        await AppendAsync("Ann", LedgerActions.JobAdded, "J1", "requested by Ann");
        await AppendAsync("Bob", LedgerActions.JobApproved, "J1", "approved by Bob: checked against the vendor's note – größer ≥ 14.1", new JsonObject
        {
            ["by"] = "Bob", ["content"] = Facts.Content, ["signature"] = new SignatureRecord("Bob", SignatureMeanings.Approval, Facts.Content, 2).Write(),
        });
        await AppendAsync("scheduler", LedgerActions.Transition, "J2.1", "another run's entry in between");
        var intended = time.GetUtcNow();
        await AppendAsync("scheduler", LedgerActions.ReleaseIntended, Run, word);
        await AppendAsync("scheduler", LedgerActions.HoldGranted, Run, "Filling is held");
        await SignAsync(isRelease: true);
        await AppendAsync("scheduler", LedgerActions.Transition, Run, "its lines are held and every gate passed again; the permit is on its way to the agent");
        await AppendAsync("agent filling-hmi", LedgerActions.Progress, Run, "installed");
        await AppendAsync("scheduler", LedgerActions.Transition, Run, "host and lines are healthy");
        await AppendAsync("scheduler", LedgerActions.Transition, "J2.1", "later");
        await SignAsync();
        Watch(intended - TimeSpan.FromMinutes(6), TimeSpan.FromSeconds(30), 20);
        Continuity.Gaps.Add(Gap("g1", intended - TimeSpan.FromSeconds(30), 4_250, GapRepair.None));
        Continuity.Gaps.Add(Gap("g2", intended + TimeSpan.FromSeconds(20), 1_500, GapRepair.Republished));
        Continuity.Lines.Add(Change(intended - TimeSpan.FromMinutes(20), "Active", "B-42", "Filling/Unit.State is 6 Execute"));
        Continuity.Lines.Add(Change(intended - TimeSpan.FromMinutes(2), "Idle", "", "every idle condition has held for 10 s"));
        await Continuity.SaveChangesAsync(Cancellation);
    }

    private void Watch(DateTimeOffset from, TimeSpan pace, int count)
    {
        var previous = "";
        for (var i = 0; i < count; i++)
        {
            var said = new Attestation
            {
                Site = TestPlant.Site, Gateway = TestPlant.Gateway, Boot = "g1", Sequence = i + 1, Start = from + (pace * i), End = from + (pace * (i + 1)), ConfigurationHash = TestPlant.Model.Hash,
                Tags = 3, SamplesReceived = i, SamplesJournaled = i, SamplesDelivered = i, ClockOffsetMs = 1.5 + (i % 3), Previous = previous,
            };
            var body = JsonSerializer.Serialize(said, MessageJson.Default.Attestation);
            previous = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
            Continuity.Attestations.Add(new StoredAttestation { Gateway = said.Gateway, Sequence = said.Sequence, Start = said.Start, End = said.End, Body = body });
        }
    }

    private static StoredGap Gap(string id, DateTimeOffset start, int milliseconds, GapRepair repair) => new()
    {
        Id = id, Tag = "Filling/Unit.State", Line = TestPlant.Filling, Gateway = TestPlant.Gateway, Server = "filling", Cause = nameof(GapCause.ConnectionLost), Start = start,
        End = start.AddMilliseconds(milliseconds), Repair = repair.ToString(), Run = repair == GapRepair.None ? null : Run, Detail = "the server closed the connection",
    };

    private static LineChange Change(DateTimeOffset at, string state, string batch, string reason) =>
        new() { Line = TestPlant.Filling, Gateway = TestPlant.Gateway, At = at, State = state, Batch = batch, Reason = reason, ClockOffsetMs = 1.25 };
}
