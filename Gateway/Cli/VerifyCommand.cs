using System.CommandLine;
using System.Globalization;
using PatchEdge.Gateway.Cli.Continuity;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Delivery.Verification;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli;

/// <summary><c>continuity verify</c>: reads back from InfluxDB what was delivered, and compares it with the journal of a gateway, running or not.</summary>
internal static class VerifyCommand
{
    private const int MostRows = 200;

    private static readonly TimeSpan UsualSpan = TimeSpan.FromDays(1);
    private static readonly TimeSpan UsualWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var directory = new Option<DirectoryInfo>("--config") { Description = "Directory of plant.yaml and gateway.yaml.", Required = true };
        var from = new Option<string?>("--from") { Description = "Start, UTC, such as 2026-05-04T06:00:00Z; a day before the end, or the journal's first entry, without it." };
        var to = new Option<string?>("--to") { Description = "End, UTC; the last delivered entry without it." };
        var window = new Option<string?>("--window") { Description = "Length of the windows that are compared and reported, such as 10m (the default)." };
        var repair = new Option<bool>("--repair") { Description = "Sends again what is missing or altered, and reads it back once more." };
        var json = new Option<bool>("--json") { Description = "One JSON object per series and window that differs, one per line, then one for all." };
        var command = new Command("verify", "Compares what InfluxDB holds with the journal; exits with 1 when something differs and was not repaired.") { directory, from, to, window, repair, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var configuration = GatewayConfiguration.Load(parsed.GetValue(directory)!.FullName);
            var influx = configuration.Options.Influx ?? throw new UsageException("gateway.yaml names no influxdb: the journal is the only historian, there is nothing to compare it with.");
            var length = parsed.GetValue(window) is not { } text ? UsualWindow
                : Durations.TryParse(text, out var asked) && asked >= ShortestWindow ? asked : throw new UsageException($"--window {text}: write a length such as 10m, at least {Durations.Format(ShortestWindow)}.");
            using var journal = new JournalReader(configuration.Options.Journal.Directory);
            using var query = new InfluxQuery(influx, TimeProvider.System);
            using var client = new InfluxClient(influx, TimeProvider.System);
            var delivered = journal.Cursor(InfluxSink.CursorName).Entry;
            var (oldest, newest) = journal.Range();
            if (delivered <= oldest)
            {
                await Console.Error.WriteLineAsync("Nothing of this journal is delivered yet.").ConfigureAwait(false);
                return ExitCodes.Success;
            }

            // From here on the journal knows all that was delivered: a value is journaled within a minute, and what went went before.
            var known = EntryTime(journal, ">=", oldest, "ASC") + (oldest == 1 ? -Margin : Margin);
            var end = parsed.GetValue(to) is { } until ? ContinuityCommand.Time("--to", until) : EntryTime(journal, "<", delivered, "DESC").AddMilliseconds(1);
            var start = parsed.GetValue(from) is { } since ? ContinuityCommand.Time("--from", since) : end - UsualSpan > known || end < known ? end - UsualSpan : known;
            if (end < start)
                throw new UsageException($"--to {end:O} lies before --from {start:O}.");
            var walk = new EntryWalk(journal, Points(configuration, journal), InfluxSink.CursorName);
            var check = new HistorianCheck(walk, JournalSpans.Of(walk, oldest, newest + 1), delivered, query, HistorianScope.Of(configuration));
            var summary = new VerificationSummary();
            try
            {
                var resender = new Resender(client, TimeProvider.System);
                for (var at = start; at < end; at += length)
                    await check.CompareAsync(
                        Nanoseconds(at), Nanoseconds(at + length < end ? at + length : end), judgeUnknown: at >= known, parsed.GetValue(repair) ? resender.SendAsync : null,
                        row => summary.Add(row, parsed.GetValue(json)), cancel).ConfigureAwait(false);
            }
            catch (HistorianException exception)
            {
                await Console.Error.WriteLineAsync(Printable.Line(exception.Message)).ConfigureAwait(false);
                return ExitCodes.Problem;
            }

            summary.Print(start, end, check, walk.Damaged, parsed.GetValue(json));
            return summary.Open > 0 ? ExitCodes.Problem : ExitCodes.Success;
        });
        return command;
    }

    private static PointWriter Points(GatewayConfiguration configuration, JournalReader journal)
    {
        var sources = journal.Sources();
        var recorded = configuration.Table.Tags.Where(tag => tag.Record).DistinctBy(tag => tag.Name).ToDictionary(tag => tag.Name, tag => tag.Line, StringComparer.Ordinal);
        return new PointWriter(
            configuration.Plant.Site, configuration.Options.Name,
            id => sources.TryGetValue(id, out var source) && recorded.TryGetValue(source.Tag, out var line) ? (source.Tag, line) : null);
    }

    private static DateTimeOffset EntryTime(JournalReader journal, string comparison, long entry, string order) =>
        DateTimeOffset.FromUnixTimeMilliseconds(journal.Scalar($"SELECT at FROM entry WHERE id {comparison} $1 ORDER BY id {order} LIMIT 1", entry));

    private static long Nanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    /// <summary>Adds up, and prints as it goes or at the end.</summary>
    private sealed class VerificationSummary
    {
        private readonly List<CheckedWindow> differing = [];
        private long missing;
        private long altered;
        private long unknown;
        private long repaired;
        private long windows;

        public long Open => missing + altered + unknown - repaired;

        public void Add(CheckedWindow row, bool json)
        {
            if (!row.Differs)
                return;
            (missing, altered, unknown, repaired, windows) = (missing + row.Missing, altered + row.Altered, unknown + row.Unknown, repaired + row.Repaired, windows + 1);
            if (json)
                Console.WriteLine(Json(row));
            else if (differing.Count < MostRows)
                differing.Add(row);
        }

        public void Print(DateTimeOffset start, DateTimeOffset end, HistorianCheck check, long damaged, bool json)
        {
            if (json)
            {
                Console.WriteLine(JsonText.Of(writer =>
                {
                    writer.WriteString("start", Iso(start));
                    writer.WriteString("end", Iso(end));
                    writer.WriteNumber("windows", check.Windows);
                    writer.WriteNumber("points", check.Points);
                    writer.WriteNumber("missing", missing);
                    writer.WriteNumber("altered", altered);
                    writer.WriteNumber("unknown", unknown);
                    writer.WriteNumber("repaired", repaired);
                    writer.WriteNumber("damaged_entries", damaged);
                }));
                return;
            }

            if (differing.Count > 0)
                Terminal.Write(
                    ["Window", "Series", "Journal", "InfluxDB", "Missing", "Altered", "Unknown", "Repaired", "Sum of the journal", "Sum of InfluxDB"],
                    differing.Select(row => new[]
                    {
                        $"{Iso(row.Start)} + {Durations.Format(row.End - row.Start)}", row.Series.Replace("\n", " ", StringComparison.Ordinal), Text(row.Expected), Text(row.Found),
                        Text(row.Missing), Text(row.Altered), Text(row.Unknown), Text(row.Repaired), row.ExpectedSum.ToString("x16", null), row.FoundSum.ToString("x16", null),
                    }));
            if (windows > differing.Count)
                Console.WriteLine($"… and {windows - differing.Count} more; --json prints all.");
            if (damaged > 0)
                Console.WriteLine($"{damaged} entries of the journal are damaged: what they held is not compared.");
            Console.WriteLine($"{Iso(start)} to {Iso(end)}: {Text(check.Points)} points in {Text(check.Windows)} windows compared; {Text(missing)} missing, {Text(altered)} altered, {Text(unknown)} unknown to the journal; {Text(repaired)} repaired.");
        }

        private static string Json(CheckedWindow row) => JsonText.Of(writer =>
        {
            writer.WriteString("start", Iso(row.Start));
            writer.WriteString("end", Iso(row.End));
            writer.WriteString("measurement", SeriesTable.MeasurementOf(row.Series));
            writer.WriteString("tag", SeriesTable.TagOf(row.Series, "tag"));
            writer.WriteString("series", row.Series.Replace("\n", ",", StringComparison.Ordinal));
            writer.WriteNumber("journal", row.Expected);
            writer.WriteNumber("influxdb", row.Found);
            writer.WriteNumber("missing", row.Missing);
            writer.WriteNumber("altered", row.Altered);
            writer.WriteNumber("unknown", row.Unknown);
            writer.WriteNumber("repaired", row.Repaired);
            writer.WriteString("journal_sum", row.ExpectedSum.ToString("x16", null));
            writer.WriteString("influxdb_sum", row.FoundSum.ToString("x16", null));
        });

        private static string Text(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

        private static string Iso(DateTimeOffset time) => Moment.Of(time).ToString();
    }
}
