using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Ledger.Verification;

/// <summary>A start over a long ledger looks at its newest part, and still finds what was cut off or rewritten.</summary>
public sealed class RecentWalkTests : IDisposable
{
    private const string Unlock = "DROP TRIGGER ledger_never_updates; DROP TRIGGER ledger_never_deletes; DROP TRIGGER ledger_node_never_updates; DROP TRIGGER ledger_node_never_deletes;";
    private const int Entries = 90;
    private const int Recent = 20;
    private readonly TestFolder folder = new();
    private readonly LedgerBook book = new(new FakeTimeProvider(Facts.Now));
    private readonly LedgerAnchors anchors;
    private readonly PermitSigner signer;

    public RecentWalkTests()
    {
        anchors = new LedgerAnchors(folder["heads.txt"]);
        signer = PermitSigner.Open(folder["signing.pem"]);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        signer.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Walk_begins_behind_the_newest_head_that_leaves_enough_to_walk()
    {
        await WriteAsync();

        var recent = await RecentAsync();
        var whole = await WholeAsync();

        Assert.Equal((70L, (long)Entries, (string?)null), (recent.From, recent.Entries, recent.Fault));
        Assert.Equal((whole.Entries, whole.Head, whole.Root, (string?)null), (recent.Entries, recent.Head, recent.Root, whole.Fault));
    }

    [Fact]
    public async Task Without_a_head_of_our_key_all_is_walked()
    {
        await WriteAsync();
        using var other = PermitSigner.Open(folder["other.pem"]);

        await using var db = folder.Open();
        var check = await LedgerVerifier.RunRecentAsync(db, anchors.Read(other.ReadHead), other.ReadHead, Cancellation, Recent);

        Assert.Equal((0L, (long)Entries, (string?)null), (check.From, check.Entries, check.Fault));
    }

    /// <summary>What is done to the database behind the scheduler's back, and what a start must say.</summary>
    [Theory]
    [InlineData("UPDATE ledger SET Json = replace(Json, 'two', 'TWO') WHERE \"Index\" = 85", "entry 85")]
    [InlineData("DELETE FROM ledger WHERE \"Index\" = 80", "entry 80 is missing")]
    [InlineData("DELETE FROM ledger WHERE \"Index\" > 88; DELETE FROM ledger_node WHERE (Number + 1) << Level > 88", "is gone")]
    [InlineData("DELETE FROM ledger WHERE \"Index\" > 60; DELETE FROM ledger_node WHERE (Number + 1) << Level > 60; DELETE FROM ledger_head WHERE Size > 60", "is gone")]
    [InlineData("UPDATE ledger_node SET Hash = zeroblob(32) WHERE Level = 6", "first 70 entries")]
    [InlineData("DELETE FROM ledger_node WHERE Level = 6", "missing")]
    [InlineData("UPDATE ledger SET Hash = CASE substr(Hash, 1, 1) WHEN 'e' THEN 'f' ELSE 'e' END || substr(Hash, 2) WHERE \"Index\" = 70", "70")]
    [InlineData("INSERT INTO ledger_node VALUES (7, 0, zeroblob(32))", "gone")]
    [Trait("Req", "hostile-45")]
    [Trait("Req", "hostile-47")]
    public async Task Start_finds(string sql, string words)
    {
        await WriteAsync();
        folder.Tamper(Unlock + sql);

        Assert.Contains(words, (await RecentAsync()).Fault, StringComparison.Ordinal);
    }

    /// <summary>Another ledger of the same key and length, as another copy may have grown: what was noted outside tells.</summary>
    [Fact]
    [Trait("Req", "hostile-47")]
    public async Task Start_finds_another_history_by_what_was_noted_before_its_newest_part()
    {
        await WriteAsync(40, noted: true);
        folder.Tamper(Unlock + "DELETE FROM ledger; DELETE FROM ledger_node; DELETE FROM ledger_head");
        await WriteAsync(Entries, noted: false, "another");

        Assert.Contains("rewritten", (await RecentAsync()).Fault, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-45")]
    public async Task What_a_start_does_not_look_at_the_whole_walk_finds()
    {
        await WriteAsync();
        folder.Tamper(Unlock + "UPDATE ledger SET Json = replace(Json, 'two', 'TWO') WHERE \"Index\" = 7");

        Assert.Null((await RecentAsync()).Fault);
        Assert.Contains("entry 7", (await WholeAsync()).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_appended_during_a_walk_are_no_leftover()
    {
        await WriteAsync();
        var appended = false;
        await using var db = folder.Open();
        var check = await LedgerVerifier.RunAsync(db, new AnchoredHeads(), Cancellation, async () =>
        {
            if (appended)
                return;
            appended = true;
            await WriteAsync(6, noted: false);
        });

        Assert.Equal((Entries + 6L, (string?)null), (check.Entries, check.Fault));
    }

    private async Task<LedgerCheck> RecentAsync()
    {
        await using var db = folder.Open();
        return await LedgerVerifier.RunRecentAsync(db, anchors.Read(signer.ReadHead), signer.ReadHead, Cancellation, Recent);
    }

    private async Task<LedgerCheck> WholeAsync()
    {
        await using var db = folder.Open();
        return await LedgerVerifier.RunAsync(db, anchors.Read(signer.ReadHead), Cancellation);
    }

    private Task WriteAsync() => WriteAsync(Entries, noted: true);

    /// <summary>Appends entries, and signs a head behind every tenth.</summary>
    private async Task WriteAsync(int count, bool noted, string word = "two")
    {
        await using var db = File.Exists(folder.Database) ? folder.Open() : await folder.CreateAsync();
        for (var i = 0; i < count; i++)
        {
            var entry = await book.AppendAsync(db, new LedgerRecord { Actor = "tester", Action = "test", Subject = "J1.1", Reason = word }, Cancellation);
            await db.SaveChangesAsync(Cancellation);
            if (noted)
                anchors.Note(entry);
            if (entry.Index % 10 != 0)
                continue;
            var head = new LedgerHead { Site = "Demo", Size = entry.Index, Root = Convert.ToHexStringLower(await TreeProofs.RootAsync(entry.Index, StoredTree.Of(db, Cancellation))), At = Facts.Now };
            var signed = new SignedHead { Size = head.Size, Root = head.Root, At = head.At, IsRelease = false, Token = signer.Sign(head) };
            db.LedgerHeads.Add(signed);
            await db.SaveChangesAsync(Cancellation);
            if (noted)
                anchors.Note(signed);
        }
    }
}
