using System.Globalization;
using PatchEdge.Plant.Model;

namespace PatchEdge.Simulator.Truth;

/// <summary>
/// When the plant's own programs stood still because this machine had no time for them. Nothing was sampled or passed on then, so a declared gap is
/// the truth, and no fault of whoever watched. What the plant's faults froze is not among it: that has to be survived.
/// </summary>
/// <param name="records">In time order.</param>
/// <param name="plant">Which servers have which tags.</param>
internal sealed class Standstills(IReadOnlyList<TruthRecord> records, PlantModel plant)
{
    /// <summary>Stands between servers and gateways.</summary>
    public const string Simulator = "simulator";

    /// <summary>Shorter ones delay a message, and hide nothing.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(400);

    /// <summary>What was silent counts from the last message on, and until the next.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private readonly List<(string Subject, DateTimeOffset From, DateTimeOffset To)> spans = [.. records
        .Where(record => record.Kind == TruthKind.StoodStill)
        .Select(record => (record.Subject, From: record.At - Length(record), To: record.At))
        .Where(span => !records.Any(record => record.Kind == TruthKind.Frozen && record.Subject == span.Subject && record.At < span.To && record.At + Length(record) > span.From))];

    public static TruthRecord Record(string subject, DateTimeOffset until, TimeSpan length) =>
        new(until, TruthKind.StoodStill, subject, string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0.0} s"));

    /// <summary>Every server of the tag stood still about then, or what passes their messages on did.</summary>
    public bool Explain(UncoveredMoment moment) => Stood(Simulator, moment)
        || plant.Tags.FirstOrDefault(tag => tag.Name == moment.Tag) is { } tag && tag.Servers.All(server => Stood(server, moment));

    private bool Stood(string subject, UncoveredMoment moment) =>
        spans.Exists(span => span.Subject == subject && span.From - Margin < moment.End && span.To + Margin > moment.Start);

    private static TimeSpan Length(TruthRecord record) =>
        TimeSpan.FromSeconds(double.Parse(record.Detail.AsSpan(0, record.Detail.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture));
}

/// <summary>A part of a critical tag's time that no gateway observed and nothing repaired.</summary>
/// <param name="Text">As a sentence.</param>
internal sealed record UncoveredMoment(string Tag, DateTimeOffset Start, DateTimeOffset End, string Text);
