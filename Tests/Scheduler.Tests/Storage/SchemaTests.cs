using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Ledger.Verification;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Storage;

public sealed class SchemaTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Created_once_and_found_again()
    {
        await (await folder.CreateAsync()).DisposeAsync();
        await (await folder.CreateAsync()).DisposeAsync();

        Assert.True(File.Exists(folder.Database));
    }

    [Fact]
    [Trait("Req", "hostile-80")]
    public async Task Schema_of_a_newer_program_is_refused()
    {
        await (await folder.CreateAsync()).DisposeAsync();
        folder.Tamper("PRAGMA user_version = 99");

        Assert.Contains("99", (await Assert.ThrowsAsync<SchemaException>(folder.CreateAsync)).Message, StringComparison.Ordinal);
    }

    /// <summary>A file of the first schema: a ledger that is a chain alone.</summary>
    [Fact]
    [Trait("Req", "hostile-80")]
    public async Task Older_schema_is_migrated_after_a_copy_was_put_beside_it()
    {
        const int Entries = 11;
        var book = new LedgerBook(TimeProvider.System);
        await using (var db = await folder.CreateAsync())
            for (var i = 0; i < Entries; i++)
            {
                await book.AppendAsync(db, Record($"J{i % 3}"), TestContext.Current.CancellationToken);
                await db.SaveChangesAsync(TestContext.Current.CancellationToken);
            }

        // SQLite writes an added column behind the table's constraints: of these tables the columns are compared, of the others every word.
        const string Grown = "('job', 'job_approval', 'campaign_approval', 'waiver')";
        const string Tables = $"SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT IN {Grown} ORDER BY name)";
        const string Columns = $"SELECT group_concat(it) FROM (SELECT grown.name || '.' || info.name || ' ' || info.type || ' ' || info.\"notnull\" || ' ' || info.pk AS it FROM sqlite_master AS grown, pragma_table_info(grown.name) AS info WHERE grown.name IN {Grown} ORDER BY 1)";
        var fresh = folder.Query(Tables);
        var columns = folder.Query(Columns);
        var nodes = folder.Query("SELECT group_concat(Level || ' ' || Number || ' ' || hex(Hash)) FROM (SELECT * FROM ledger_node ORDER BY Level, Number)");
        folder.Tamper("DROP TABLE ledger_node; DROP TABLE ledger_head; DROP INDEX ledger_subject; DROP TABLE waiver; DROP TABLE campaign; DROP TABLE campaign_job; DROP TABLE campaign_approval; ALTER TABLE job DROP COLUMN GapBudget; ALTER TABLE job_approval DROP COLUMN Signature; PRAGMA user_version = 1;");

        await using (var db = await folder.CreateAsync())
        {
            var check = await LedgerVerifier.RunAsync(db, new AnchoredHeads(), TestContext.Current.CancellationToken);
            Assert.Equal((Entries, (string?)null), ((int)check.Entries, check.Fault));
            await book.AppendAsync(db, Record("after"), TestContext.Current.CancellationToken);
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
            Assert.Null((await LedgerVerifier.RunAsync(db, new AnchoredHeads(), TestContext.Current.CancellationToken)).Fault);
        }

        Assert.Equal(Normal(fresh), Normal(folder.Query(Tables)));
        Assert.All(["job.GapBudget INTEGER 0 0", "waiver.GapBudget TEXT 0 0", "waiver.Minutes INTEGER 1 0", "job_approval.Signature TEXT 0 0", "campaign_approval.Signature TEXT 0 0"],
            column => Assert.Contains(column, columns, StringComparison.Ordinal));
        Assert.Equal(columns, folder.Query(Columns));
        Assert.StartsWith(nodes, folder.Query("SELECT group_concat(Level || ' ' || Number || ' ' || hex(Hash)) FROM (SELECT * FROM ledger_node WHERE (Number + 1) << Level <= 11 ORDER BY Level, Number)"), StringComparison.Ordinal);
        Assert.Equal("1", folder.Query("PRAGMA user_version", folder.Database + ".v1.backup"));
        Assert.Equal($"{Entries}", folder.Query("SELECT count(*) FROM ledger", folder.Database + ".v1.backup"));
    }

    private static string Normal(string sql) => string.Join(' ', sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static LedgerRecord Record(string subject) => new() { Actor = "tester", Action = "test", Subject = subject, Reason = "why" };

    [Fact]
    [Trait("Req", "hostile-46")]
    public void Second_process_on_the_same_directory_is_refused()
    {
        using var first = DataDirectory.Take(folder["data"]);

        Assert.Contains("another scheduler", Assert.Throws<ConfigurationException>(() => DataDirectory.Take(folder["data"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-35")]
    public void Secret_is_readable_by_its_owner_only_and_never_overwritten()
    {
        OwnerOnlyFile.Create(folder["s/secret"], "x");

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["s/secret"]));
        Assert.ThrowsAny<IOException>(() => OwnerOnlyFile.Create(folder["s/secret"], "y"));
    }
}
