using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Ledger;

public sealed class LedgerBookTests : IDisposable
{
    private const string Unlock = "DROP TRIGGER ledger_never_updates; DROP TRIGGER ledger_never_deletes; DROP TRIGGER ledger_node_never_updates; DROP TRIGGER ledger_node_never_deletes;";
    private readonly TestFolder folder = new();
    private readonly LedgerBook book = new(new FakeTimeProvider(Facts.Now));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Entries_hold_together_and_count_from_one()
    {
        await WriteAsync(3);

        var check = await VerifyAsync();

        Assert.Equal((3L, (string?)null), (check.Entries, check.Fault));
    }

    [Fact]
    public async Task Several_entries_of_one_transaction_follow_each_other()
    {
        await using var db = await folder.CreateAsync();
        var first = await book.AppendAsync(db, Record("one"), Cancellation);
        var second = await book.AppendAsync(db, Record("two"), Cancellation);
        await db.SaveChangesAsync(Cancellation);

        Assert.Equal((1, 2), (first.Index, second.Index));
        Assert.Null((await VerifyAsync()).Fault);
    }

    [Theory]
    [InlineData("UPDATE ledger SET Json = 'x' WHERE \"Index\" = 1")]
    [InlineData("DELETE FROM ledger WHERE \"Index\" = 3")]
    [InlineData("UPDATE ledger_node SET Hash = zeroblob(32)")]
    [InlineData("DELETE FROM ledger_node")]
    [Trait("Req", "hostile-45")]
    public async Task Database_itself_refuses_to_change_or_delete(string sql)
    {
        await WriteAsync(3);

        Assert.Contains("append-only", Assert.Throws<SqliteException>(() => folder.Tamper(sql)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE ledger SET Json = replace(Json, 'two', 'TWO') WHERE \"Index\" = 2", 1)]
    [InlineData("UPDATE ledger SET Hash = replace(Hash, substr(Hash, 1, 1), 'x') WHERE \"Index\" = 2", 1)]
    [InlineData("DELETE FROM ledger WHERE \"Index\" = 2", 1)]
    [InlineData("UPDATE ledger SET Json = (SELECT Json FROM ledger WHERE \"Index\" = 2), Hash = (SELECT Hash FROM ledger WHERE \"Index\" = 2) WHERE \"Index\" = 3", 2)]
    [InlineData("DELETE FROM ledger WHERE \"Index\" = 4", 3)]
    [InlineData("DELETE FROM ledger", 0)]
    [InlineData("DELETE FROM ledger WHERE \"Index\" = 4; DELETE FROM ledger_node WHERE Number * 2 + 2 > 3", 3)]
    [InlineData("UPDATE ledger_node SET Hash = zeroblob(32) WHERE Level = 1 AND Number = 1", 4)]
    [InlineData("DELETE FROM ledger_node WHERE Level = 2", 4)]
    [InlineData("INSERT INTO ledger_node VALUES (2, 1, zeroblob(32))", 4)]
    [Trait("Req", "hostile-45")]
    public async Task Any_change_behind_its_back_is_found(string sql, long sound)
    {
        var anchors = new LedgerAnchors(folder["heads.txt"]);
        await WriteAsync(4, anchors);
        folder.Tamper(Unlock + sql);

        var check = await VerifyAsync(anchors.Read(_ => null));

        Assert.NotNull(check.Fault);
        Assert.Equal(sound, check.Entries);
    }

    [Fact]
    [Trait("Req", "hostile-47")]
    public async Task A_ledger_rewritten_from_its_start_is_found_by_its_anchors()
    {
        var anchors = new LedgerAnchors(folder["heads.txt"]);
        await WriteAsync(2, anchors);
        folder.Tamper(Unlock + "DELETE FROM ledger; DELETE FROM ledger_node");
        await WriteAsync(3, null, "forged");

        Assert.Null((await VerifyAsync()).Fault);
        Assert.NotNull((await VerifyAsync(anchors.Read(_ => null))).Fault);
    }

    [Fact]
    public async Task Torn_last_anchor_is_passed_over()
    {
        var anchors = new LedgerAnchors(folder["heads.txt"]);
        await WriteAsync(2, anchors);
        await File.AppendAllTextAsync(folder["heads.txt"], "3 abc", Cancellation);

        Assert.Null((await VerifyAsync(anchors.Read(_ => null))).Fault);
    }

    private async Task WriteAsync(int count, LedgerAnchors? anchors = null, string word = "two")
    {
        await using var db = File.Exists(folder.Database) ? folder.Open() : await folder.CreateAsync();
        for (var i = 0; i < count; i++)
        {
            var entry = await book.AppendAsync(db, Record(word), Cancellation);
            await db.SaveChangesAsync(Cancellation);
            anchors?.Note(entry);
        }
    }

    private async Task<LedgerCheck> VerifyAsync(AnchoredHeads? anchors = null)
    {
        await using var db = folder.Open();
        return await LedgerVerifier.RunAsync(db, anchors ?? new AnchoredHeads(), Cancellation);
    }

    private static LedgerRecord Record(string reason) => new()
    {
        Actor = "tester",
        Action = "test",
        Subject = "J1.1",
        Reason = reason,
        After = new JsonObject { ["n"] = 1 },
    };
}
