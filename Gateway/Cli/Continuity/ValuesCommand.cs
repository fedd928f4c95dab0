using System.CommandLine;
using System.Globalization;
using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Continuity;

/// <summary><c>continuity values</c>: every value that the journals of gateways hold of a tag or a line, with when it came and how; for comparing them with what another system has.</summary>
internal static class ValuesCommand
{
    public static Command Create()
    {
        var configurations = new Option<DirectoryInfo[]>("--config") { Description = "Directory of plant.yaml and gateway.yaml; again for each gateway that watches the same tags." };
        var journals = new Option<DirectoryInfo[]>("--journal") { Description = "Data directory of a gateway, or a copy of it; may be given again." };
        var tag = new Option<string?>("--tag") { Description = "One tag." };
        var line = new Option<string?>("--line") { Description = "All tags of a line. Without tag and line: all critical tags." };
        var from = new Option<string?>("--from") { Description = "Earliest source time, UTC, such as 2026-05-04T06:00:00Z; a day before the end, or the first attestation, without it." };
        var to = new Option<string?>("--to") { Description = "End of source times, UTC; the end of the last attestation without it." };
        var json = new Option<bool>("--json") { Description = "One JSON object per value, one per line, instead of CSV." };
        var command = new Command("values", "Lists every value that the journal holds, gateway by gateway in the order of arrival.") { configurations, journals, tag, line, from, to, json };
        command.SetAction(parsed =>
        {
            var asked = new Selection(parsed.GetValue(tag), parsed.GetValue(line), Run: null, Batch: null);
            asked.Check();
            var loaded = (parsed.GetValue(configurations) ?? []).Select(directory => GatewayConfiguration.Load(directory.FullName)).ToList();
            string[] directories = [.. loaded.Select(configuration => configuration.Options.Journal.Directory), .. (parsed.GetValue(journals) ?? []).Select(directory => directory.FullName)];
            using var record = Record.Open(directories);
            var span = ContinuityCommand.Span(null, parsed.GetValue(from), parsed.GetValue(to), record);
            var damaged = 0;
            using var output = new StreamWriter(Console.OpenStandardOutput(), leaveOpen: true);
            if (!parsed.GetValue(json))
                output.WriteLine("tag,gateway,server,time,received,backfilled,status,value");
            foreach (var value in record.Values(asked.Tags(loaded, record).ToHashSet(StringComparer.Ordinal), span, Damaged))
                output.WriteLine(parsed.GetValue(json) ? Json(value) : Csv(value));
            return damaged > 0 ? ExitCodes.Problem : ExitCodes.Success;

            void Damaged(string what)
            {
                damaged++;
                Console.Error.WriteLine(Printable.Line(what));
            }
        });
        return command;
    }

    private static string Json(in RecordedValue recorded)
    {
        var (value, copy) = (recorded.Value, recorded);
        return JsonText.Of(writer =>
        {
            writer.WriteString("tag", copy.Tag);
            writer.WriteString("gateway", copy.Gateway);
            writer.WriteString("server", copy.Server);
            writer.WriteString("time", value.SourceTimestamp);
            writer.WriteString("received", copy.Received);
            writer.WriteBoolean("backfilled", copy.Backfilled);
            writer.WriteNumber("status", value.Status.Value);
            JsonText.Value(writer, value.Value);
        });
    }

    private static string Csv(in RecordedValue recorded) => string.Join(',',
        ReportPrinter.Quoted(recorded.Tag), recorded.Gateway, recorded.Server, Iso(recorded.Value.SourceTimestamp), Iso(recorded.Received),
        recorded.Backfilled ? "true" : "false", recorded.Value.Status.SymbolicName, recorded.Value.Value.TryGetNumber(out _) ? recorded.Value.Value.ToString() : ReportPrinter.Quoted(recorded.Value.Value.ToString()));

    private static string Iso(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);
}
