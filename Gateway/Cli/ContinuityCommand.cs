using System.CommandLine;
using System.Globalization;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Cli;

/// <summary><c>continuity report</c>: for a tag or a line, what was observed, what was not, and why; from the journal of a gateway, running or not.</summary>
internal static class ContinuityCommand
{
    private static readonly TimeSpan UsualSpan = TimeSpan.FromDays(1);

    public static Command Create()
    {
        var directory = new Option<DirectoryInfo>("--config") { Description = "Directory of plant.yaml and gateway.yaml.", Required = true };
        var tag = new Option<string?>("--tag") { Description = "One tag." };
        var line = new Option<string?>("--line") { Description = "All tags of a line. Without either: all critical tags." };
        var from = new Option<string?>("--from") { Description = "Start, UTC, such as 2026-05-04T06:00:00Z; a day before the end, or the first attestation, without it." };
        var to = new Option<string?>("--to") { Description = "End, UTC; the end of the last attestation without it." };
        var json = new Option<bool>("--json") { Description = "One JSON object per tag, one per line." };
        var csv = new Option<bool>("--csv") { Description = "A row per part that was not observed." };
        var report = new Command("report", "Tells what was observed, what was not, and why.") { directory, tag, line, from, to, json, csv };
        report.SetAction(parsed =>
        {
            var configuration = GatewayConfiguration.Load(parsed.GetValue(directory)!.FullName);
            using var journal = new JournalReader(configuration.Options.Journal.Directory);
            var end = parsed.GetValue(to) is { } until ? Time("--to", until) : DateTimeOffset.FromUnixTimeMilliseconds(journal.Scalar("SELECT max(\"end\") FROM attestation"));
            var start = parsed.GetValue(from) is { } since ? Time("--from", since) : Later(end - UsualSpan, DateTimeOffset.FromUnixTimeMilliseconds(journal.Scalar("SELECT min(start) FROM attestation")));
            if (end < start)
                throw new UsageException($"--to {end:O} lies before --from {start:O}.");
            var span = new TimeRange(start, end);
            var chain = journal.Attestations(start, end);
            foreach (var fault in chain.Faults)
                Console.Error.WriteLine("The chain of attestations does not hold: " + fault + ".");
            var attested = chain.Attestations.Select(attestation => new TimeRange(attestation.Start, attestation.End)).ToList();
            var reports = Tags(configuration, parsed.GetValue(tag), parsed.GetValue(line))
                .Select(name => CoverageReport.Of(name, span, attested, GapsBySource(journal, configuration, name, span))).ToList();
            Print(reports, parsed.GetValue(json), parsed.GetValue(csv));
            return chain.Faults.Length > 0 ? ExitCodes.Problem : ExitCodes.Success;
        });
        return new Command("continuity", "Tells of the record of what was watched.") { report, VerifyCommand.Create() };
    }

    private static List<string> Tags(GatewayConfiguration configuration, string? tag, string? line)
    {
        var known = configuration.Plant.Tags.Where(candidate => configuration.Table.SourcesOfTag.ContainsKey(candidate.Name)).ToList();
        var chosen = known.Where(candidate => tag is not null ? candidate.Name == tag : line is not null ? candidate.Line == line : candidate.Critical).Select(candidate => candidate.Name).ToList();
        return chosen.Count > 0 ? chosen
            : throw new UsageException(tag is not null ? $"This gateway watches no tag '{tag}'." : line is not null ? $"This gateway watches no tag of a line '{line}'." : "No tag is critical: name one with --tag, or a --line.");
    }

    private static List<IReadOnlyList<Gap>> GapsBySource(JournalReader journal, GatewayConfiguration configuration, string tag, TimeRange span)
    {
        var gaps = journal.Gaps("tag = $1 AND start < $2 AND (\"end\" IS NULL OR \"end\" > $3)", tag, span.End.ToUnixTimeMilliseconds(), span.Start.ToUnixTimeMilliseconds());
        return [.. configuration.Table.SourcesOfTag[tag].Select(source => configuration.Table.Servers[configuration.Table.ServerOf(source)].Name)
            .Select(server => (IReadOnlyList<Gap>)[.. gaps.Where(gap => gap.Server == server)])];
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    internal static DateTimeOffset Time(string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds())
            : throw new UsageException($"{option} {text}: write a time in UTC such as 2026-05-04T06:00:00Z.");

    private static void Print(List<CoverageReport> reports, bool json, bool csv)
    {
        if (json)
        {
            foreach (var report in reports)
                Console.WriteLine(Json(report));
        }
        else if (csv)
        {
            Console.WriteLine("tag,start,end,duration_ms,cause,repaired,detail");
            foreach (var report in reports)
                foreach (var part in report.Uncovered)
                    Console.WriteLine(string.Join(',', Quoted(report.Tag), Iso(part.Range.Start), Iso(part.Range.End), part.Range.Duration.TotalMilliseconds, part.Cause, part.Repaired ? "true" : "false", Quoted(part.Detail)));
        }
        else
        {
            Terminal.Write(
                ["Tag", "Coverage", "Observed", "Backfilled", "Gap", "Parts", "Longest", "Its cause"],
                reports.Select(report => new[]
                {
                    report.Tag, $"{Math.Floor(report.Coverage * 1e6) / 1e4:0.0000} %", Span(report.ObservedMs), Span(report.BackfilledMs), Span(report.GapMs),
                    report.Uncovered.Length.ToString(CultureInfo.InvariantCulture),
                    report.Longest is { } longest ? $"{Iso(longest.Range.Start)} for {Span((long)longest.Range.Duration.TotalMilliseconds)}" : "",
                    report.Longest?.Cause.ToString() ?? "",
                }));
        }
    }

    private static string Json(CoverageReport report) => JsonText.Of(writer =>
    {
        writer.WriteString("tag", report.Tag);
        writer.WriteString("start", Iso(report.Span.Start));
        writer.WriteString("end", Iso(report.Span.End));
        writer.WriteNumber("observed_ms", report.ObservedMs);
        writer.WriteNumber("backfilled_ms", report.BackfilledMs);
        writer.WriteNumber("gap_ms", report.GapMs);
        writer.WriteNumber("coverage", Math.Floor(report.Coverage * 1e9) / 1e9);
        writer.WriteStartArray("uncovered");
        foreach (var part in report.Uncovered)
        {
            writer.WriteStartObject();
            writer.WriteString("start", Iso(part.Range.Start));
            writer.WriteString("end", Iso(part.Range.End));
            writer.WriteString("cause", part.Cause.ToString());
            writer.WriteBoolean("repaired", part.Repaired);
            writer.WriteString("detail", part.Detail);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static string Iso(DateTimeOffset time) => Moment.Of(time).ToString();

    private static string Span(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds).ToString("c", CultureInfo.InvariantCulture);

    /// <summary>Quoted for CSV; a leading sign that a spreadsheet would take for a formula is defused.</summary>
    private static string Quoted(string text)
    {
        var safe = Printable.Line(text);
        return "\"" + (safe is ['=' or '+' or '-' or '@', ..] ? "'" : "") + safe.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }
}
