using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Storage.Lease;

/// <summary>Two schedulers on one database: the lease in it decides, by the database's clock and whatever their hosts' clocks say.</summary>
[Trait("Req", "hostile-62")]
public sealed class LeaseTests : IAsyncLifetime
{
    private const string Expire = """UPDATE lease SET "ExpiresAt" = patchedge_now()""";

    /// <summary>Ends when a test says so, not while it waits for the machine; the schedulers' own clocks are the test's.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private Postgres server = null!;
    private string database = "";
    private Contender a = null!;
    private Contender b = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (server, database) = await OnPostgres.CreateAsync();
        a = await Contender.PrepareAsync(server, database, "a", Facts.Now, Long);
        b = await Contender.PrepareAsync(server, database, "b", Facts.Now.AddDays(-400), Long);
    }

    public async ValueTask DisposeAsync()
    {
        // Null when the test was skipped for want of the program.
        if (a is not null)
            await a.DisposeAsync();
        if (b is not null)
            await b.DisposeAsync();
    }

    [Fact]
    public async Task One_leads_and_the_other_follows_until_the_database_says_that_the_lease_has_ended()
    {
        Assert.Equal(1, await a.TurnAsync());
        Assert.Null(await b.TurnAsync());
        Assert.Equal(("a", "http://a", 1L), (b.Leadership.Look().Name, b.Leadership.Look().Address, b.Leadership.Look().Epoch));
        await WriteAsync(a);
        await Assert.ThrowsAsync<NotLeadingException>(() => WriteAsync(b));

        await server.AskAsync(database, Expire);
        Assert.Equal(2, await b.TurnAsync());
        await WriteAsync(b);

        // The first believes in its term for a while yet; the database does not.
        Assert.Equal(1, a.Leadership.Epoch);
        await Assert.ThrowsAsync<NotLeadingException>(() => WriteAsync(a));
        Assert.Null(a.Leadership.Epoch);
        Assert.Null(await a.TurnAsync());
        Assert.Equal("2", await AskAsync("SELECT count(*) FROM ledger"));
    }

    [Fact]
    public async Task Holder_that_cannot_renew_stops_before_its_lease_has_ended()
    {
        await a.TurnAsync();
        a.Time.Advance(LeaseKeeper.Believed(Long) - TimeSpan.FromMilliseconds(1));
        Assert.True(a.Leadership.Acts);
        a.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(a.Leadership.Acts);
        Assert.True(LeaseKeeper.Believed(Long) < Long);
        await Assert.ThrowsAsync<NotLeadingException>(() => WriteAsync(a));
    }

    [Fact]
    [Trait("Req", "hostile-65")]
    public async Task Leader_that_is_frozen_inside_a_transaction_loses_it_and_keeps_nobody_waiting_for_long()
    {
        // The server ends a transaction that stands still for half a lease.
        await using var c = await Contender.PrepareAsync(server, database, "c", Facts.Now, TimeSpan.FromSeconds(8));
        await c.TurnAsync();
        await using var db = c.Open();
        await using var transaction = await db.Database.BeginTransactionAsync(Cancellation);
        await new LedgerBook(c.Time).AppendAsync(db, Record(), Cancellation);
        await db.SaveChangesAsync(Cancellation);
        await server.AskAsync(database, Expire);

        // The row is locked by that transaction until the server ends it for standing still.
        await Eventually.TrueAsync("the other leads", async () => await b.TurnAsync() == 2, TimeSpan.FromSeconds(60));

        await Assert.ThrowsAnyAsync<Exception>(() => transaction.CommitAsync(Cancellation));
        Assert.Equal("0", await AskAsync("SELECT count(*) FROM ledger"));
        await WriteAsync(b);
    }

    [Fact]
    public async Task Lease_ends_by_itself_when_nobody_renews_it()
    {
        await using var c = await Contender.PrepareAsync(server, database, "c", Facts.Now, TimeSpan.FromSeconds(2));
        await c.TurnAsync();

        await Eventually.TrueAsync("the other leads", async () => await b.TurnAsync() == 2, TimeSpan.FromSeconds(60));

        Assert.Null(await c.TurnAsync());
        await b.Keeper.StopAsync(Cancellation);
        Assert.Equal(3, await a.TurnAsync());
    }

    [Fact]
    [Trait("Req", "hostile-60")]
    public async Task Lease_whose_database_was_set_back_by_an_hour_is_taken_once_nobody_renews_it()
    {
        await a.TurnAsync();
        await server.AskAsync(database, """UPDATE lease SET "RenewedAt" = "RenewedAt" + 3600000, "ExpiresAt" = "ExpiresAt" + 3600000""");
        Assert.Null(await b.TurnAsync());
        b.Time.Advance(Long * 2);
        Assert.Null(await b.TurnAsync());

        // A holder that lives renews, and the row moves.
        Assert.Equal(1, await a.TurnAsync());
        b.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await b.TurnAsync());

        await server.AskAsync(database, """UPDATE lease SET "RenewedAt" = "RenewedAt" + 3600000, "ExpiresAt" = "ExpiresAt" + 3600000""");
        Assert.Null(await b.TurnAsync());
        b.Time.Advance(Long * 2 + TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, await b.TurnAsync());
    }

    [Theory]
    [InlineData("""INSERT INTO emergency_stop ("Id", "Active", "By", "Reason", "Since") VALUES (1, false, '', '', 0)""", "has the lease")]
    [InlineData("""BEGIN; SELECT set_config('patchedge.epoch', '7', true); UPDATE run SET "State" = 'Done'; COMMIT""", "has the lease")]
    [InlineData("DELETE FROM ledger", "append-only")]
    [InlineData("TRUNCATE ledger", "append-only")]
    [InlineData("""UPDATE lease SET "Epoch" = 0""", "only grows")]
    [InlineData("DELETE FROM lease", "only grows")]
    public async Task Whoever_writes_beside_the_lease_is_refused_by_the_database(string sql, string words)
    {
        await a.TurnAsync();
        await WriteAsync(a);

        Assert.Contains(words, (await Assert.ThrowsAsync<InvalidOperationException>(() => server.AskAsync(database, sql))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ledger_of_several_terms_is_one_chain_and_verifies()
    {
        for (var term = 1; term <= 6; term++)
        {
            var (leader, other) = term % 2 == 1 ? (a, b) : (b, a);
            Assert.Equal(term, await leader.TurnAsync());
            for (var i = 0; i < term; i++)
                await WriteAsync(leader);
            Assert.Null(await other.TurnAsync());
            await server.AskAsync(database, Expire);
        }

        await using var db = await a.Place.ReadAsync(Cancellation);
        var check = await LedgerVerifier.RunAsync(db, new AnchoredHeads(), Cancellation);
        Assert.Equal((21, (string?)null), ((int)check.Entries, check.Fault));
    }

    [Fact]
    [Trait("Req", "hostile-80")]
    public async Task Schema_of_a_newer_program_is_neither_used_nor_led()
    {
        await server.AskAsync(database, """UPDATE schema_version SET "Version" = 99 WHERE "Name" = 'scheduler'""");

        Assert.Null(await a.TurnAsync());
        Assert.Contains("99", (await Assert.ThrowsAsync<SchemaException>(async () => await Contender.PrepareAsync(server, database, "c", Facts.Now, Long))).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-80")]
    public async Task Older_schema_is_migrated_and_ends_the_term_of_who_writes_it()
    {
        await a.TurnAsync();
        await server.AskAsync(database, """
            ALTER TABLE job_approval DROP COLUMN "Signature"; ALTER TABLE campaign_approval DROP COLUMN "Signature"; ALTER TABLE waiver DROP COLUMN "GapBudget"; ALTER TABLE waiver DROP COLUMN "Minutes";
            UPDATE schema_version SET "Version" = 5 WHERE "Name" = 'scheduler'
            """);
        await using var c = await Contender.PrepareAsync(server, database, "c", Facts.Now, Long);

        await Assert.ThrowsAsync<NotLeadingException>(() => WriteAsync(a));
        Assert.Equal(3, await c.TurnAsync());
        await using var db = c.Open();
        Assert.Empty(await db.Approvals.ToListAsync(Cancellation));
        Assert.Empty(await db.Waivers.ToListAsync(Cancellation));
    }

    [Fact]
    public async Task While_the_database_is_gone_nobody_acts_and_when_it_is_back_somebody_does()
    {
        using var folder = new TemporaryFolder();
        await using var own = await Postgres.StartAsync(folder);
        var name = await own.CreateAsync("gone");
        await using var c = await Contender.PrepareAsync(own, name, "c", Facts.Now, Long);
        Assert.Equal(1, await c.TurnAsync());
        await WriteAsync(c);

        await own.StopAtOnceAsync();
        await c.TurnAsync();
        Assert.NotNull(c.Leadership.Fault);
        Assert.True(DatabaseFault.Is(await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync(c))));
        c.Time.Advance(Long);
        Assert.False(c.Leadership.Acts);
        Assert.Contains("does not answer", c.Leadership.Problem, StringComparison.Ordinal);

        await own.StartAgainAsync();
        await own.AskAsync(name, Expire);
        await Eventually.TrueAsync("it leads again", async () => await c.TurnAsync() is not null, TimeSpan.FromSeconds(60), () => c.Leadership.Fault ?? "");
        await WriteAsync(c);
        Assert.Equal("2", (await own.AskAsync(name, "SELECT count(*) FROM ledger")).Trim());
    }

    private async Task<string> AskAsync(string sql) => (await server.AskAsync(database, sql)).Trim();

    /// <summary>One entry in a transaction of that scheduler's term, as the recorder writes it.</summary>
    private static async Task WriteAsync(Contender contender)
    {
        await using var db = contender.Open();
        await using var transaction = await db.Database.BeginTransactionAsync(Cancellation);
        await new LedgerBook(contender.Time).AppendAsync(db, Record(), Cancellation);
        await db.SaveChangesAsync(Cancellation);
        await transaction.CommitAsync(Cancellation);
    }

    private static LedgerRecord Record() => new() { Actor = "tester", Action = "test", Subject = "site", Reason = "why" };
}
