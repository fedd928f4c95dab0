using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>Figures by measure, security and client, several rounds of each; prints medians with what they ranged over, or JSON with all.</summary>
internal sealed class Report
{
    // What the stack has set itself to reach, by measure and security; more is better where it is a rate.
    private static readonly (string Measure, string Security, double Limit, bool More)[] Targets =
    [
        ("notifications: CPU-s per million", "None", 0.10, false),
        ("notifications: CPU-s per million", "Basic256Sha256", 0.14, false),
        ("notifications: lost", "None", 0, false),
        ("notifications: lost", "Basic256Sha256", 0, false),
        ("reads, 1,000 nodes a call: CPU-s per million values", "None", 0.10, false),
        ("reads, 1,000 nodes a call: CPU-s per million values", "Basic256Sha256", 0.18, false),
        ("connect and activate: ms, median", "Basic256Sha256", 10, false),
        ("50,000 items at 1 s: resident MB", "None", 80, false),
        ("50,000 items at 1 s: resident MB", "Basic256Sha256", 80, false),
        ("server: changes per CPU-s", "None", 500_000, true),
        ("server: changes per CPU-s", "Basic256Sha256", 500_000, true),
    ];

    private readonly List<(string Measure, string Security)> rows = [];
    private readonly Dictionary<(string Measure, string Security, string Column), List<double>> figures = [];

    public void Add(string measure, string security, string column, double value)
    {
        if (!rows.Contains((measure, security)))
            rows.Add((measure, security));
        if (!figures.TryGetValue((measure, security, column), out var values))
            figures[(measure, security, column)] = values = [];
        values.Add(value);
    }

    public string ToTable(ComparisonOptions options)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        text.AppendLine(CultureInfo.InvariantCulture, $"server {(options.NodeServer ? "node-opcua" : "ours")}, {options.Items:N0} items at {options.Interval} ms for {options.Seconds} s after {options.Warmup} s, {options.Rounds} rounds; median (least–most)");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"measure",-52} {"security",-15} {"ours",26} {"node-opcua / floor",26} {"ratio",7}  target");
        foreach (var (measure, security) in rows)
        {
            var ours = Find(measure, security, "ours");
            var other = Find(measure, security, "node") ?? Find(measure, security, "floor");
            var ratio = ours is { Count: > 0 } && other is { Count: > 0 } && Median(ours) > 0 ? (Median(other) / Median(ours)).ToString("0.0", CultureInfo.InvariantCulture) + "x" : "";
            var line = string.Create(CultureInfo.InvariantCulture, $"{measure,-52} {security,-15} {Show(ours),26} {Show(other),26} {ratio,7}  {Judge(measure, security, ours)}");
            text.AppendLine(line.TrimEnd());
        }
        return text.ToString();
    }

    public string ToJson(ComparisonOptions options) => JsonSerializer.Serialize(new
    {
        at = TimeProvider.System.GetUtcNow(),
        processors = Environment.ProcessorCount,
        system = RuntimeInformation.OSDescription,
        runtime = RuntimeInformation.FrameworkDescription,
        options,
        figures = figures.Select(figure => new { measure = figure.Key.Measure, security = figure.Key.Security, of = figure.Key.Column, median = Median(figure.Value), values = figure.Value }),
    }, Indented);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private List<double>? Find(string measure, string security, string column) => figures.GetValueOrDefault((measure, security, column));

    private static string Judge(string measure, string security, List<double>? ours)
    {
        var target = Array.Find(Targets, target => target.Measure == measure && target.Security == security);
        if (target.Measure is null || ours is not { Count: > 0 })
            return "";
        var reached = target.More ? Median(ours) >= target.Limit : Median(ours) <= target.Limit;
        return $"{(target.More ? "≥" : "≤")} {target.Limit.ToString("#,0.##", CultureInfo.InvariantCulture)} {(reached ? "reached" : "MISSED")}";
    }

    private static string Show(List<double>? values) =>
        values is not { Count: > 0 } ? "" : values.Count == 1 ? Number(values[0]) : $"{Number(Median(values))} ({Number(values.Min())}–{Number(values.Max())})";

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) >= 1000 ? "#,0" : Math.Abs(value) >= 10 ? "0.0" : value == 0 ? "0" : "0.000", CultureInfo.InvariantCulture);

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
