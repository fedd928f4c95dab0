using CsCheck;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Campaigns;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution.Campaigns;

public sealed class CampaignShelfTests
{
    private static readonly RunState[] States = [RunState.Armed, RunState.Executing, RunState.Verifying, RunState.Done, RunState.Aborted, RunState.Quarantined, RunState.Revoked];

    /// <summary>Whatever is written, reading the jobs that were written gives what reading everything gives.</summary>
    [Fact]
    public async Task Reading_only_what_was_written_gives_what_reading_everything_gives()
    {
        using var folder = new TestFolder();
        await using (var db = await folder.CreateAsync())
        {
            foreach (var draft in new[] { Draft("A", 5), Draft("B", 3) })
            {
                db.Campaigns.Add(new Campaign { Id = draft.Id, Content = draft.Content(), ContentHash = LedgerBook.Hash(draft.Content()), RequestedBy = "Ann", RequestedAt = Facts.Now, Source = "test" });
                foreach (var (job, wave) in draft.Jobs())
                {
                    db.CampaignJobs.Add(new CampaignJob { JobId = job.Id, CampaignId = draft.Id, Wave = wave });
                    db.Runs.Add(new Run { Id = job.Id + ".1", JobId = job.Id, Attempt = 1, State = RunState.Armed, Since = Facts.Now });
                }
            }

            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        var known = await ReadAsync(folder, CampaignShelf.Empty, null);
        var jobs = new[] { "A", "B" }.SelectMany(known.JobsOf).ToList();
        await Gen.Select(Gen.Int[0, jobs.Count - 1], Gen.Int[0, States.Length - 1], Gen.Int[1, 3], Gen.Int[0, 100]).Array[1, 4].SampleAsync(
            async writes =>
            {
                await using (var db = folder.Open())
                {
                    foreach (var (job, state, attempt, second) in writes.DistinctBy(write => (write.Item1, write.Item3)))
                    {
                        var id = $"{jobs[job]}.{attempt}";
                        if (await db.Runs.FindAsync(id) is not { } run)
                            db.Runs.Add(run = new Run { Id = id, JobId = jobs[job], Attempt = attempt });
                        (run.State, run.Since) = (States[state], Facts.Now.AddSeconds(second));
                    }

                    await db.SaveChangesAsync();
                }

                known = await ReadAsync(folder, known, [.. writes.Select(write => jobs[write.Item1])]);
                Assert.Equal(Told(await ReadAsync(folder, CampaignShelf.Empty, null)), Told(known));
            },
            iter: 15, threads: 1);
    }

    private static async Task<CampaignShelf> ReadAsync(TestFolder folder, CampaignShelf known, HashSet<string>? changed)
    {
        await using var db = folder.Open();
        return await CampaignShelf.RefreshAsync(db, known, changed, [], CancellationToken.None);
    }

    /// <summary>All that gates ask a campaign for.</summary>
    private static string Told(CampaignShelf shelf) => string.Join('\n', shelf.Facts.Values.OrderBy(campaign => campaign.Id).SelectMany(campaign => campaign.Waves.Select(wave =>
        $"{campaign.Id} {wave.Words} {campaign.Halt} {wave.OpensNextAt:O} {string.Join(' ', wave.Jobs.Select(job => $"{job.Id} {job.Host} {job.State} {job.Since:O}"))}")));

    private static CampaignDraft Draft(string id, int hosts) => new()
    {
        Id = id,
        Procedure = Facts.Procedure,
        PatchName = "KB1",
        PatchDigest = Facts.Digest,
        Waves = [new WaveDraft("canary", ["host 0"], 100, TimeSpan.Zero), new WaveDraft("rest", [.. Enumerable.Range(1, hosts - 1).Select(number => $"host {number}")], 50, TimeSpan.FromHours(1))],
        Concurrency = 10,
        HaltAfter = 2,
        RequestedBy = "Ann",
    };
}
