using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning;

public sealed class VerdictHistoryTests
{
    [Fact]
    public async Task Old_verdicts_of_runs_that_are_over_keep_their_changes_of_outcome()
    {
        using var folder = new TestFolder();
        await using var db = await folder.CreateAsync();
        db.Runs.Add(new Run { Id = "OLD.1", JobId = "OLD", Attempt = 1, State = RunState.Done, Since = Facts.Now.AddDays(-100) });
        db.Runs.Add(new Run { Id = "NEW.1", JobId = "NEW", Attempt = 1, State = RunState.Armed, Since = Facts.Now.AddDays(-100) });
        foreach (var run in new[] { "OLD.1", "NEW.1" })
            foreach (var (code, outcome) in new[] { ("a", GateOutcome.Block), ("b", GateOutcome.Block), ("c", GateOutcome.Pass), ("d", GateOutcome.Pass), ("e", GateOutcome.Block), ("f", GateOutcome.Block) })
            {
                db.Verdicts.Add(new VerdictChange { RunId = run, Gate = "g", Subject = "s", Outcome = outcome, Code = code, Value = "", Reason = "", Since = Facts.Now.AddDays(-101) });
                await db.SaveChangesAsync(TestContext.Current.CancellationToken);
            }

        await using var services = new ServiceCollection().AddDbContextFactory<SchedulerDb>(options => options.UseSqlite($"Data Source={folder.Database}")).BuildServiceProvider();
        var history = new VerdictHistory(services.GetRequiredService<IDbContextFactory<SchedulerDb>>());
        await history.CompactWhenDueAsync(new FakeTimeProvider(Facts.Now), TimeSpan.FromDays(90), TestContext.Current.CancellationToken);

        Assert.Equal("ace", folder.Query("SELECT group_concat(Code, '') FROM (SELECT Code FROM verdict WHERE RunId = 'OLD.1' ORDER BY Id)"));
        Assert.Equal("abcdef", folder.Query("SELECT group_concat(Code, '') FROM (SELECT Code FROM verdict WHERE RunId = 'NEW.1' ORDER BY Id)"));
    }
}
