using System.Globalization;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Continuity;

internal enum ReportFormat
{
    Table,
    Json,
    Csv,
}

/// <summary>Prints reports of coverage.</summary>
internal static class ReportPrinter
{
    private const int MostParts = 200;

    public static void Print(IReadOnlyList<CoverageReport> reports, ReportFormat format)
    {
        switch (format)
        {
            case ReportFormat.Json:
                foreach (var report in reports)
                    Console.WriteLine(Json(report));
                break;
            case ReportFormat.Csv:
                Console.WriteLine("tag,start,end,duration_ms,cause,repair,run,detail");
                foreach (var report in reports)
                    foreach (var part in report.Uncovered)
                        Console.WriteLine(string.Join(',', Quoted(report.Tag), Iso(part.Range.Start), Iso(part.Range.End), Milliseconds(part), part.Cause, part.Repair, Quoted(part.Run ?? ""), Quoted(part.Detail)));
                break;
            default:
                PrintTable(reports);
                break;
        }
    }

    private static void PrintTable(IReadOnlyList<CoverageReport> reports)
    {
        Terminal.Write(
            ["Tag", "Coverage", "Observed", "Backfilled", "Gap", "Parts", "Longest", "Its cause"],
            reports.Select(report => new[]
            {
                report.Tag, $"{Math.Floor(report.Coverage * 1e6) / 1e4:0.0000} %", Span(report.ObservedMs), Span(report.BackfilledMs), Span(report.GapMs),
                report.Uncovered.Length.ToString(CultureInfo.InvariantCulture),
                report.Longest is { } longest ? $"{Iso(longest.Range.Start)} for {Span(Milliseconds(longest))}" : "",
                report.Longest is { } worst ? worst.Cause + (worst.Repaired ? $", {worst.Repair}" : "") : "",
            }));
        if (reports is not [{ Uncovered.Length: > 0 } only])
            return;
        Terminal.Write(
            ["Not observed from", "for", "Cause", "Repair", "Run", "What is known"],
            only.Uncovered.Take(MostParts).Select(part => new[] { Iso(part.Range.Start), Span(Milliseconds(part)), part.Cause.ToString(), part.Repaired ? part.Repair.ToString() : "", part.Run ?? "", part.Detail }));
        if (only.Uncovered.Length > MostParts)
            Console.WriteLine($"and {only.Uncovered.Length - MostParts} more: --csv or --json tells all.");
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
            writer.WriteString("repair", part.Repair.ToString());
            writer.WriteString("run", part.Run);
            writer.WriteString("detail", part.Detail);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static long Milliseconds(UncoveredPart part) => (long)part.Range.Duration.TotalMilliseconds;

    private static string Iso(DateTimeOffset time) => Moment.Of(time).ToString();

    private static string Span(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds).ToString("c", CultureInfo.InvariantCulture);

    /// <summary>Quoted for CSV; a leading sign that a spreadsheet would take for a formula is defused.</summary>
    internal static string Quoted(string text)
    {
        var safe = Printable.Line(text);
        return "\"" + (safe is ['=' or '+' or '-' or '@', ..] ? "'" : "") + safe.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }
}
