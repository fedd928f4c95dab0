using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Ledger.Pack;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Continuity;

public sealed class ContinuityIntakeTests
{
    private static readonly string GapTopic = Topics.Gap(TestPlant.Site, TestPlant.Gateway);
    private static readonly string AttestationTopic = Topics.Attestation(TestPlant.Site, TestPlant.Gateway);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Messages come at least once, so an old word may come after a newer one; the pack of a run has what was kept.</summary>
    [Fact]
    public async Task What_comes_twice_or_late_changes_nothing_and_a_run_s_pack_can_be_fetched()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await using var gateway = await ScriptedClient.GatewayAsync(scheduler);
        await scheduler.AddAsync("J1");
        var open = new Gap
        {
            Id = "g1", Tag = "Filling/Unit.State", Line = TestPlant.Filling, Gateway = TestPlant.Gateway, Server = "filling", Cause = GapCause.ConnectionLost, Start = Facts.Now,
        };
        var repaired = open with { End = Facts.Now.AddSeconds(3), Repair = GapRepair.Republished };
        foreach (var gap in new[] { open, repaired, open, open with { Id = "g2", Gateway = "gw-2" }, open with { Id = "g3", Tag = "No/Such.Tag" } })
            await gateway.SendAsync(GapTopic, gap, MessageJson.Default.Gap);
        var attestation = new Attestation
        {
            Site = TestPlant.Site, Gateway = TestPlant.Gateway, Boot = "g1", Sequence = 1, Start = Facts.Now, End = Facts.Now.AddSeconds(10), ConfigurationHash = "c", Tags = 1,
            SamplesReceived = 0, SamplesJournaled = 0, SamplesDelivered = 0, Previous = "",
        };
        await gateway.SendAsync(AttestationTopic, attestation, MessageJson.Default.Attestation);
        await gateway.SendAsync(AttestationTopic, attestation with { Tags = 2 }, MessageJson.Default.Attestation);
        await gateway.ReportAsync(LineState.Idle);
        await gateway.ReportAsync(LineState.Idle);
        await gateway.ReportAsync(LineState.Active);

        await using var db = await scheduler.Services.GetRequiredService<IDbContextFactory<ContinuityDb>>().CreateDbContextAsync(Cancellation);
        await Eventually.TrueAsync("all is kept", async () => await db.Lines.CountAsync(Cancellation) == 2, RunningScheduler.Patience);
        var kept = Assert.Single(await db.Gaps.AsNoTracking().ToListAsync(Cancellation));
        Assert.Equal((repaired.End, nameof(GapRepair.Republished)), (kept.End, kept.Repair));
        Assert.Contains("\"tags\":1", Assert.Single(await db.Attestations.AsNoTracking().ToListAsync(Cancellation)).Body, StringComparison.Ordinal);

        await scheduler.AdvanceAsync(TimeSpan.FromMinutes(1.1));
        using var http = scheduler.Http();
        var pack = await http.GetByteArrayAsync(new Uri("/api/packs/J1.1", UriKind.Relative), Cancellation);
        var verdict = PackVerifier.Verify(pack, scheduler.Signer.PublicPem);
        Assert.True(verdict.Holds, string.Join("; ", verdict.Faults));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri("/api/packs/J9.1", UriKind.Relative), Cancellation)).StatusCode);
    }
}
