using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PatchEdge.Scheduler.Continuity;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>A pack's files as text: canonical JSON, one record on a line where there are many.</summary>
internal static class PackText
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <exception cref="FormatException">It is not as <see cref="Time(DateTimeOffset)"/> writes it.</exception>
    public static DateTimeOffset Time(string? text) =>
        DateTimeOffset.ParseExact(text ?? "", TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    /// <exception cref="FormatException">It is not there.</exception>
    public static long Number(JsonNode? node) => (long?)node ?? throw new FormatException("a number is missing");

    /// <exception cref="FormatException">It is not there.</exception>
    public static string String(JsonNode? node) => (string?)node ?? throw new FormatException("a text is missing");

    public static byte[] Lines(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    public static byte[] Lines(IEnumerable<JsonObject> records) => Lines(records.Select(record => CanonicalJson.Write(record)));

    public static JsonObject Of(StoredGap gap) => new()
    {
        ["id"] = gap.Id,
        ["tag"] = gap.Tag,
        ["line"] = gap.Line,
        ["gateway"] = gap.Gateway,
        ["server"] = gap.Server,
        ["cause"] = gap.Cause,
        ["start"] = Time(gap.Start),
        ["end"] = gap.End is { } end ? Time(end) : null,
        ["repair"] = gap.Repair,
        ["run"] = gap.Run,
        ["detail"] = gap.Detail,
    };

    public static StoredGap Gap(JsonNode record) => new()
    {
        Id = String(record["id"]),
        Tag = String(record["tag"]),
        Line = String(record["line"]),
        Gateway = String(record["gateway"]),
        Server = String(record["server"]),
        Cause = String(record["cause"]),
        Start = Time((string?)record["start"]),
        End = record["end"] is { } end ? Time((string?)end) : null,
        Repair = String(record["repair"]),
        Run = (string?)record["run"],
        Detail = String(record["detail"]),
    };

    public static JsonObject Of(StoredAttestation attestation) => new()
    {
        ["gateway"] = attestation.Gateway,
        ["sequence"] = attestation.Sequence,
        ["start"] = Time(attestation.Start),
        ["end"] = Time(attestation.End),
        ["body"] = attestation.Body,
    };

    public static StoredAttestation Attestation(JsonNode record) => new()
    {
        Gateway = String(record["gateway"]),
        Sequence = Number(record["sequence"]),
        Start = Time((string?)record["start"]),
        End = Time((string?)record["end"]),
        Body = String(record["body"]),
    };

    public static JsonObject Of(LineChange change) => new()
    {
        ["line"] = change.Line,
        ["gateway"] = change.Gateway,
        ["at"] = Time(change.At),
        ["state"] = change.State,
        ["batch"] = change.Batch,
        ["reason"] = change.Reason,
        // Canonical numbers are whole; a clock's offset is not.
        ["clockOffsetMs"] = change.ClockOffsetMs?.ToString("0.###", CultureInfo.InvariantCulture),
    };

    public static JsonObject Of(TagCoverage tag) => new()
    {
        ["tag"] = tag.Tag,
        ["line"] = tag.Line,
        ["sources"] = new JsonArray([.. tag.Sources.Select(source => (JsonNode)new JsonObject { ["gateway"] = source.Gateway, ["server"] = source.Server })]),
        ["observedMs"] = tag.ObservedMs,
        ["backfilledMs"] = tag.BackfilledMs,
        ["gapMs"] = tag.GapMs,
        ["longestGapMs"] = tag.LongestGapMs,
    };

    public static JsonArray Path(IEnumerable<byte[]> path) => [.. path.Select(hash => (JsonNode)Convert.ToHexStringLower(hash))];
}
