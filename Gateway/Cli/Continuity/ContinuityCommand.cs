using System.CommandLine;
using System.Globalization;
using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Time;

namespace PatchEdge.Gateway.Cli.Continuity;

/// <summary><c>continuity report</c>: for a tag, a line, a patch run or a batch, what was observed, what was not, and why; from the journals of gateways, running or not.</summary>
internal static class ContinuityCommand
{
    private static readonly TimeSpan UsualSpan = TimeSpan.FromDays(1);

    public static Command Create()
    {
        var configurations = new Option<DirectoryInfo[]>("--config") { Description = "Directory of plant.yaml and gateway.yaml; again for each gateway that watches the same tags." };
        var journals = new Option<DirectoryInfo[]>("--journal") { Description = "Data directory of a gateway, or a copy of it; may be given again." };
        var tag = new Option<string?>("--tag") { Description = "One tag." };
        var line = new Option<string?>("--line") { Description = "All tags of a line." };
        var run = new Option<string?>("--run") { Description = "A patch run: all tags of its lines, while it held them." };
        var batch = new Option<string?>("--batch") { Description = "A batch: all tags of its lines, while it was on them. Without tag, line, run and batch: all critical tags." };
        var from = new Option<string?>("--from") { Description = "Start, UTC, such as 2026-05-04T06:00:00Z; a day before the end, or the first attestation, without it." };
        var to = new Option<string?>("--to") { Description = "End, UTC; the end of the last attestation without it." };
        var json = new Option<bool>("--json") { Description = "One JSON object per tag, one per line." };
        var csv = new Option<bool>("--csv") { Description = "A row per part that was not observed." };
        var report = new Command("report", "Tells what was observed, what was not, and why.") { configurations, journals, tag, line, run, batch, from, to, json, csv };
        report.SetAction(parsed =>
        {
            var (asked, format) = (new Selection(parsed.GetValue(tag), parsed.GetValue(line), parsed.GetValue(run), parsed.GetValue(batch)), Format(parsed.GetValue(json), parsed.GetValue(csv)));
            asked.Check();
            var loaded = (parsed.GetValue(configurations) ?? []).Select(directory => GatewayConfiguration.Load(directory.FullName)).ToList();
            string[] directories = [.. loaded.Select(configuration => configuration.Options.Journal.Directory), .. (parsed.GetValue(journals) ?? []).Select(directory => directory.FullName)];
            using var record = Record.Open(directories);
            foreach (var span in asked.Spans(record))
                Console.Error.WriteLine(
                    $"{(asked.Run is not null ? "The run held" : "The batch was on")} line {Printable.Line(span.Line)} from {span.Start} {(span.End is { } until ? $"to {until}" : "on")}.");
            var range = Span(asked.Span(record), parsed.GetValue(from), parsed.GetValue(to), record);
            var faults = record.Faults(range);
            foreach (var fault in faults)
                Console.Error.WriteLine("The chain of attestations does not hold: " + fault + ".");
            var reports = asked.Tags(loaded, record).Select(name => CoverageReport.Of(name, range, record.Accounts(name, range))).ToList();
            ReportPrinter.Print(reports, format);
            return faults.Count > 0 ? ExitCodes.Problem : ExitCodes.Success;
        });
        return new Command("continuity", "Tells of the record of what was watched.") { report, ValuesCommand.Create(), VerifyCommand.Create() };
    }

    private static ReportFormat Format(bool json, bool csv) =>
        json && csv ? throw new UsageException("--json and --csv: choose one.") : json ? ReportFormat.Json : csv ? ReportFormat.Csv : ReportFormat.Table;

    internal static TimeRange Span(TimeRange? asked, string? from, string? to, Record record)
    {
        var end = to is not null ? Time("--to", to) : asked?.End ?? record.Attested.End;
        var start = from is not null ? Time("--from", from) : asked?.Start ?? Later(end - UsualSpan, record.Attested.Start);
        return end >= start ? new TimeRange(start, end)
            : throw new UsageException($"--to {end:yyyy-MM-dd'T'HH:mm:ss'Z'} lies before --from {start:yyyy-MM-dd'T'HH:mm:ss'Z'}: exchange them, or leave one out.");
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    internal static DateTimeOffset Time(string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds())
            : throw new UsageException($"{option} {text}: write a time in UTC such as 2026-05-04T06:00:00Z.");
}
