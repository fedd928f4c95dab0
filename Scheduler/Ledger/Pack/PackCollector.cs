using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>Reads what a run's evidence pack is made of. The same files give the same pack.</summary>
internal static class PackCollector
{
    private const int MostEntries = 20_000;
    private const int MostRelated = 5_000;
    private const int MostHeads = 1_000;
    private const int MostRecords = 200_000;

    /// <summary>What was before the intent: the lines becoming idle.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(5);

    /// <exception cref="PackException">There is no such run, or no head covers it yet.</exception>
    public static async Task<PackSource> CollectAsync(
        SchedulerDb db, ContinuityDb continuity, PlantModel plant, string runId, (string Pem, string Thumbprint) key, CancellationToken cancellation)
    {
        var run = await db.Runs.AsNoTracking().FirstOrDefaultAsync(item => item.Id == runId, cancellation)
            ?? throw new PackException($"there is no run '{Plant.Files.Text.Printable.Line(runId)}': a run is a job's id, a dot and the attempt, such as JOB-7.1");
        var job = await db.Jobs.AsNoTracking().FirstAsync(item => item.Id == run.JobId, cancellation);
        var own = await SubjectsAsync(db, [job.Id, run.Id], cancellation);
        if (own.Count == 0)
            throw new PackException($"the ledger has no entry of {runId}: run 'ledger verify'");
        var (first, last) = (own[0].Index, own[^1].Index);
        var head = await db.LedgerHeads.AsNoTracking().Where(item => item.Size >= last).OrderBy(item => item.Size).FirstOrDefaultAsync(cancellation)
            ?? throw new PackException($"no signed head covers entry {last} yet: a running scheduler signs one within a minute");
        var isWhole = last - first < MostEntries;
        // A campaign's job is approved with the campaign's plan.
        var campaign = await db.CampaignJobs.AsNoTracking().Where(item => item.JobId == job.Id).Select(item => item.CampaignId).FirstOrDefaultAsync(cancellation);
        var site = await SubjectsAsync(db, campaign is null ? ["site"] : ["site", campaign], cancellation, first, last);
        var related = own.Concat(site).OrderBy(entry => entry.Index).ToList();
        var entries = isWhole
            ? await db.Ledger.AsNoTracking().Where(entry => entry.Index >= first && entry.Index <= last).OrderBy(entry => entry.Index).ToListAsync(cancellation)
            : related;
        var heads = await HeadsAsync(db, first, head, cancellation);
        var read = StoredTree.Of(db, cancellation);
        var (from, to) = Span(own, run, head);
        var lines = (plant.HostNamed(job.Host)?.Lines ?? []).Order(StringComparer.Ordinal).ToImmutableArray();
        var gaps = await GapsAsync(continuity, lines, from, to, cancellation);
        var tags = Tags(plant, lines);
        var gateways = tags.SelectMany(tag => tag.Sources).Select(source => source.Gateway).Distinct().ToList();
        var attestations = await continuity.Attestations.AsNoTracking()
            .Where(item => gateways.Contains(item.Gateway) && item.Start < to && item.End > from)
            .OrderBy(item => item.Gateway).ThenBy(item => item.Sequence).Take(MostRecords).ToListAsync(cancellation);
        return new PackSource
        {
            Site = plant.Site,
            Run = run.Id,
            Job = job.Id,
            Host = job.Host,
            Lines = lines,
            PlantHash = plant.Hash,
            State = run.State.ToString(),
            PatchName = job.PatchName,
            PatchDigest = job.PatchDigest,
            Procedure = job.Procedure,
            ContentHash = job.ContentHash,
            From = from,
            To = to,
            Entries = [.. entries],
            IsWhole = isWhole,
            Related = [.. related.Select(entry => entry.Index)],
            Heads = heads,
            Inclusion = await InclusionAsync(related, head.Size, read),
            Consistency = await ConsistencyAsync(heads, read),
            Gaps = gaps,
            Attestations = [.. attestations],
            Changes = await ChangesAsync(continuity, lines, from, to, cancellation),
            Coverage = CoverageAccount.Of(tags, from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds(), gaps, attestations),
            Lost = await continuity.Losses.AsNoTracking().Where(loss => loss.At >= from).SumAsync(loss => loss.Messages, cancellation),
            PublicPem = key.Pem,
            KeyThumbprint = key.Thumbprint,
        };
    }

    /// <summary>Uses the index over the entries' subjects.</summary>
    private static async Task<List<LedgerEntry>> SubjectsAsync(SchedulerDb db, string[] subjects, CancellationToken cancellation, long from = 0, long to = long.MaxValue)
    {
        var found = new List<LedgerEntry>();
        foreach (var subject in subjects)
            found.AddRange(await LedgerTables.OfSubject(db, subject).Where(entry => entry.Index >= from && entry.Index <= to).OrderBy(entry => entry.Index).Take(MostRelated)
                .AsNoTracking().ToListAsync(cancellation));
        return [.. found.OrderBy(entry => entry.Index)];
    }

    private static async Task<ImmutableArray<SignedHead>> HeadsAsync(SchedulerDb db, long first, SignedHead last, CancellationToken cancellation)
    {
        var between = await db.LedgerHeads.AsNoTracking().Where(item => item.Size >= first && item.Size < last.Size)
            .OrderByDescending(item => item.IsRelease).ThenByDescending(item => item.Size).Take(MostHeads).ToListAsync(cancellation);
        return [.. between.OrderBy(item => item.Size), last];
    }

    private static async Task<ImmutableArray<(long, IReadOnlyList<byte[]>)>> InclusionAsync(List<LedgerEntry> related, long size, NodeReader read)
    {
        var proofs = ImmutableArray.CreateBuilder<(long, IReadOnlyList<byte[]>)>();
        foreach (var entry in related)
            proofs.Add((entry.Index, await TreeProofs.InclusionAsync(entry.Index - 1, size, read)));
        return proofs.ToImmutable();
    }

    private static async Task<ImmutableArray<(long, long, IReadOnlyList<byte[]>)>> ConsistencyAsync(ImmutableArray<SignedHead> heads, NodeReader read)
    {
        var proofs = ImmutableArray.CreateBuilder<(long, long, IReadOnlyList<byte[]>)>();
        for (var i = 1; i < heads.Length; i++)
            proofs.Add((heads[i - 1].Size, heads[i].Size, await TreeProofs.ConsistencyAsync(heads[i - 1].Size, heads[i].Size, read)));
        return proofs.ToImmutable();
    }

    /// <summary>From before the first intent of the run to its end; of a run that was never released, from its first entry on.</summary>
    private static (DateTimeOffset From, DateTimeOffset To) Span(List<LedgerEntry> own, Run run, SignedHead head)
    {
        var entries = own.Select(entry => JsonElement.Parse(entry.Json)).Where(entry => Text(entry, "subject") == run.Id).ToList();
        var intent = entries.FirstOrDefault(entry => Text(entry, "action") == LedgerActions.ReleaseIntended);
        var start = intent.ValueKind == JsonValueKind.Object ? At(intent) - Before : entries.Count > 0 ? At(entries[0]) : head.At;
        var end = run.State.IsFinal && entries.Count > 0 ? At(entries[^1]) : Whole(head.At);
        return (start, end > start ? end : start);
    }

    private static async Task<ImmutableArray<StoredGap>> GapsAsync(ContinuityDb db, ImmutableArray<string> lines, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        var names = lines.ToList();
        var gaps = await db.Gaps.AsNoTracking().Where(gap => names.Contains(gap.Line) && gap.Start < to && (gap.End == null || gap.End > from))
            .OrderBy(gap => gap.Start).ThenBy(gap => gap.Id).Take(MostRecords).ToListAsync(cancellation);
        return [.. gaps];
    }

    /// <summary>The changes in the span, and before them what each line was when it began.</summary>
    private static async Task<ImmutableArray<LineChange>> ChangesAsync(
        ContinuityDb db, ImmutableArray<string> lines, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        var names = lines.ToList();
        var before = await db.Lines.AsNoTracking().Where(change => names.Contains(change.Line) && change.At < from)
            .GroupBy(change => new { change.Line, change.Gateway }).Select(group => group.Max(change => change.Id)).ToListAsync(cancellation);
        var changes = await db.Lines.AsNoTracking().Where(change => before.Contains(change.Id) || (names.Contains(change.Line) && change.At >= from && change.At < to))
            .OrderBy(change => change.At).ThenBy(change => change.Id).Take(MostRecords).ToListAsync(cancellation);
        return [.. changes];
    }

    private static List<(string Tag, string Line, ImmutableArray<TagSource> Sources)> Tags(PlantModel plant, ImmutableArray<string> lines)
    {
        var paths = TagPaths.Of(plant).ToLookup(path => path.Tag);
        return [.. plant.Tags.Where(tag => lines.Contains(tag.Line)).Select(tag => (tag.Name, tag.Line,
            paths[tag.Name].Select(path => new TagSource(path.Gateway, path.Server)).Distinct().OrderBy(source => source.Gateway, StringComparer.Ordinal)
                .ThenBy(source => source.Server, StringComparer.Ordinal).ToImmutableArray()))];
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static DateTimeOffset At(JsonElement entry) => DateTimeOffset.Parse(Text(entry, "at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
