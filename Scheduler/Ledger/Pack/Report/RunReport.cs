using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Shell;

namespace PatchEdge.Scheduler.Ledger.Pack.Report;

/// <summary>What a validator reads of a run: who decided what, what the lines did, and which moments were not watched.</summary>
internal static class RunReport
{
    /// <summary>Rows of one table in the report; the records beside it have all of them.</summary>
    private const int MostRows = 2_000;

    public static ReportDocument Of(PackSource pack)
    {
        var worst = pack.Coverage.OrderByDescending(tag => tag.GapMs).FirstOrDefault();
        var dark = worst?.GapMs ?? 0;
        return new ReportDocument(
            $"Evidence of run {pack.Run}",
            $"{pack.PatchName} on {pack.Host}: {pack.State}. "
            + (pack.Coverage.IsEmpty ? "Its lines have no tags." : dark == 0 ? "Every tag of its lines was covered for the whole span."
                : $"{pack.Coverage.Count(tag => tag.GapMs > 0)} of {pack.Coverage.Length} tags of its lines have moments without evidence, {worst!.Tag} most: {Span(dark)} of {Span((long)(pack.To - pack.From).TotalMilliseconds)}."),
            [
                ("Site", pack.Site), ("Run", pack.Run), ("Job", pack.Job), ("Host", pack.Host), ("Lines", string.Join(", ", pack.Lines)),
                ("Patch", pack.PatchName), ("SHA-256 of the patch", pack.PatchDigest), ("Procedure", pack.Procedure), ("SHA-256 of the job's content", pack.ContentHash),
                ("State", pack.State), ("Span", $"{Time(pack.From)} to {Time(pack.To)}"),
                ("Ledger", $"{pack.Heads[^1].Size} entries, head signed {Time(pack.Heads[^1].At)}"), ("Root of the ledger", pack.Heads[^1].Root), ("Key", pack.KeyThumbprint),
            ],
            [Signatures(pack), Exceptions(pack), Decisions(pack), Coverage(pack), Gaps(pack), Lines(pack), Attestations(pack), HowToVerify(pack)]);
    }

    private static ReportSection Signatures(PackSource pack) => new(
        "Signatures",
        ["Each signature names the person, the time and its meaning, and covers the hash beside it; the ledger entry that holds it is in this pack. “No” under Signed means an approval from before every approval had to be signed, which counts no more."],
        [new("Entry", 6, true), new("Time (UTC)", 15), new("Printed name", 16), new("Meaning", 14), new("Signed", 17), new("What", 32)],
        Rows(Related(pack).Where(entry => Text(entry, "action") is LedgerActions.JobApproved or LedgerActions.SettleSigned or LedgerActions.StandBySigned || IsSigned(entry)), entry =>
        {
            var after = entry.TryGetProperty("after", out var value) && value.ValueKind == JsonValueKind.Object ? value : default;
            var signature = after.ValueKind == JsonValueKind.Object && after.TryGetProperty("signature", out var signed) ? SignatureRecord.Read(signed) : null;
            return
            [
                Index(entry), At(entry), signature?.Name ?? (after.ValueKind == JsonValueKind.Object ? Text(after, "by") : "") switch { "" => Text(entry, "actor"), var by => by },
                signature?.Meaning ?? "approval", signature is null ? "No" : $"Yes, {signature.Components} component{(signature.Components == 1 ? "" : "s")}",
                signature is null ? (after.ValueKind == JsonValueKind.Object ? Text(after, "content") : Text(entry, "reason")) : signature.Covers,
            ];
        }),
        "Nobody approved or settled anything.");

    private static ReportSection Exceptions(PackSource pack) => new(
        "Exceptions",
        ["What people signed so that the run could pass a gate that blocked. Two had to sign the same for a broken glass and for a gap; a gap names the critical tags that were allowed to be without any path, and for how long. What was really lost is under Gaps."],
        [new("Entry", 6, true), new("Time (UTC)", 15), new("Who", 16), new("What", 15), new("Until (UTC)", 15), new("Accepted", 33)],
        Rows(Related(pack).Where(entry => Text(entry, "action") is LedgerActions.StandBySigned or LedgerActions.BreakGlassSigned or LedgerActions.BreakGlassCosigned
            or LedgerActions.GapBudgetSigned or LedgerActions.GapBudgetCosigned or LedgerActions.WaiversEnded), entry =>
        {
            var after = entry.GetProperty("after");
            var accepted = Text(after, "line") switch { "" => "", var line => $"stands by {line}" };
            if (after.TryGetProperty("gapBudget", out var budget) && GapBudget.Read(budget.GetRawText()) is var gap)
                accepted = $"a gap of up to {Span((long)gap.Longest.TotalMilliseconds)} for {gap.Words}";
            return
            [
                Index(entry), At(entry), Text(entry, "actor"), Wording.Plain(Text(entry, "action")),
                DateTimeOffset.TryParse(Text(after, "until"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until) ? Time(until) : "",
                accepted.Length > 0 ? accepted : Text(entry, "reason"),
            ];
        }),
        "Nobody signed an exception.");

    private static ReportSection Decisions(PackSource pack) => new(
        "What was decided and done",
        [$"Entries of the run, of its job and of the whole site from entry {pack.Entries[0].Index} to {pack.Entries[^1].Index} of the ledger; their full text, with the evidence each rests on, is in {PackLayout.Entries}."],
        [new("Entry", 6, true), new("Time (UTC)", 15), new("Who", 16), new("What", 14), new("To what", 13), new("Why", 36)],
        Rows(Related(pack), entry => [Index(entry), At(entry), Text(entry, "actor"), Wording.Plain(Text(entry, "action")), Text(entry, "subject"), Text(entry, "reason")]),
        "There is no entry.");

    private static ReportSection Coverage(PackSource pack) => new(
        "Coverage of each tag",
        [
            $"From {Time(pack.From)} to {Time(pack.To)}. Observed: any change would have been recorded when it happened. Backfilled: recorded later, from the server's queue or history. Gap: without evidence from any source. The three add up to the span.",
            .. pack.Lost > 0 ? [$"The scheduler could not keep {pack.Lost} messages of gateways in this span: coverage is at most what is said here."] : Array.Empty<string>(),
        ],
        [new("Tag", 30), new("Sources", 26), new("Observed", 12, true), new("Backfilled", 11, true), new("Gap", 11, true), new("Longest gap", 10, true)],
        [.. pack.Coverage.Take(MostRows).Select(tag => ImmutableArray.Create(
            tag.Tag, string.Join(", ", tag.Sources.Select(source => $"{source.Gateway} × {source.Server}")), Span(tag.ObservedMs), Span(tag.BackfilledMs), Span(tag.GapMs), Span(tag.LongestGapMs)))],
        "The host's lines have no tags.");

    private static ReportSection Gaps(PackSource pack) => new(
        "Gaps",
        ["Every span that a gateway declared without evidence, from one source, with its cause and what was done about it. A missing attestation is a gap too: see below."],
        [new("Tag", 22), new("Source", 16), new("Cause", 14), new("Start (UTC)", 15), new("Length", 9, true), new("Repair", 10), new("Detail", 14)],
        [.. pack.Gaps.Take(MostRows).Select(gap => ImmutableArray.Create(
            gap.Tag, $"{gap.Gateway} × {gap.Server}", gap.Cause, Time(gap.Start), gap.End is { } end ? Span((long)(end - gap.Start).TotalMilliseconds) : "open", gap.Repair,
            gap.Run is { } run ? $"{gap.Detail} (run {run})".Trim() : gap.Detail))],
        "No gap was declared.");

    private static ReportSection Lines(PackSource pack) => new(
        "States and batches of the lines",
        ["As each gateway judged them, at each change; the first rows say what held when the span began."],
        [new("Line", 13), new("Gateway", 11), new("Time (UTC)", 15), new("State", 9), new("Batch", 13), new("Why", 39)],
        [.. pack.Changes.Take(MostRows).Select(change => ImmutableArray.Create(
            change.Line, change.Gateway, Time(change.At), change.State, change.Batch switch { null => "unknown", "" => "none", var batch => batch }, change.Reason))],
        "No gateway reported on the lines in this span.");

    private static ReportSection Attestations(PackSource pack) => new(
        "Attestations and clocks",
        ["Each gateway states at a fixed pace that it watched; each statement holds the hash of the one before."],
        [new("Gateway", 14), new("Statements", 10, true), new("Numbers", 14), new("Clock offsets", 17), new("Configuration", 13), new("Chain", 32)],
        [.. AttestationSummary.Of(pack.Attestations).Select(one => ImmutableArray.Create(
            one.Gateway, one.Count.ToString(CultureInfo.InvariantCulture), $"{one.First} to {one.Last}",
            one.LowestOffsetMs is { } low && one.HighestOffsetMs is { } high ? string.Create(CultureInfo.InvariantCulture, $"{low:0.#} to {high:0.#} ms") : "not measured",
            string.Join(", ", one.Configurations),
            one.Faults.IsEmpty ? "Unbroken" : string.Join("; ", one.Faults.Take(5)) + (one.Faults.Length > 5 ? $"; and {one.Faults.Length - 5} more" : "")))],
        "No gateway attested anything in this span.");

    private static ReportSection HowToVerify(PackSource pack) => new(
        "How to verify this",
        [
            $"patchedge-scheduler pack verify {pack.Run}.zip --key scheduler.pub.pem checks every byte of the pack this report came in, without a network. Take the key from a place of your own: whoever could forge a pack could put another key into it.",
            "It recomputes the hash of every entry, follows the proofs to the signed head, checks that each head continues the one before, and adds up coverage anew from gaps and attestations. With --head FILE it also compares them with heads that a gateway or InfluxDB kept: these show a ledger that was rewritten as a whole.",
            pack.IsWhole ? "All entries between the first and the last are in the pack, each holding the hash of the one before: none was left out."
                : "The entries lie too far apart to be there without holes: each is proven to be in the ledger, but not that no other one is missing here.",
        ],
        [], []);

    private static bool IsSigned(JsonElement entry) =>
        entry.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.Object && after.TryGetProperty("signature", out var signature) && SignatureRecord.Read(signature) is not null;

    private static IEnumerable<JsonElement> Related(PackSource pack)
    {
        var related = pack.Related.ToHashSet();
        return pack.Entries.Where(entry => related.Contains(entry.Index)).Select(entry => JsonElement.Parse(entry.Json));
    }

    private static ImmutableArray<ImmutableArray<string>> Rows(IEnumerable<JsonElement> entries, Func<JsonElement, ImmutableArray<string>> row) => [.. entries.Take(MostRows).Select(row)];

    private static string Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Index(JsonElement entry) => entry.GetProperty("index").GetInt64().ToString(CultureInfo.InvariantCulture);

    private static string At(JsonElement entry) =>
        DateTimeOffset.TryParse(Text(entry, "at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? Time(at) : "";

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string Span(long milliseconds)
    {
        var span = TimeSpan.FromMilliseconds(milliseconds);
        return milliseconds == 0 ? "0"
            : milliseconds < 60_000 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.000} s")
            : span.Days > 0 ? string.Create(CultureInfo.InvariantCulture, $"{span.Days}d {span:hh\\:mm\\:ss\\.fff}")
            : string.Create(CultureInfo.InvariantCulture, $"{span:hh\\:mm\\:ss\\.fff}");
    }
}
