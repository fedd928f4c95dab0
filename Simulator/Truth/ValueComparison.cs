using System.Text.Json;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Truth;

/// <summary>A value that a gateway's journal holds.</summary>
/// <param name="Time">Its source time: with the tag, what it is known by.</param>
/// <param name="Received">When it came.</param>
/// <param name="Text">Its content.</param>
internal sealed record HeldValue(string Tag, DateTime Time, DateTime Received, string Text)
{
    /// <summary>From a line that <c>continuity values --json</c> prints.</summary>
    public static HeldValue Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new HeldValue(root.GetProperty("tag").GetString() ?? "", root.GetProperty("time").GetDateTime(), root.GetProperty("received").GetDateTime(), root.GetProperty("value").ToString());
    }
}

/// <summary>Every value that the servers produced of critical tags, held against what the gateways' journals hold together.</summary>
/// <param name="Produced">Values, from each tag's first evidence on.</param>
/// <param name="ByTwin">Of these, those that only one server of a pair had, while the values around them came from the other one.</param>
/// <param name="Missed">Those that no gateway has, or has otherwise, as sentences; a broken promise each.</param>
internal sealed record ValueComparison(int Produced, int ByTwin, IReadOnlyList<string> Missed)
{
    /// <summary>Redundant servers read the same sensor at the same times; one that is late passes a reading over. Its neighbours are no farther apart.</summary>
    private static readonly TimeSpan Neighbours = TimeSpan.FromSeconds(3);

    /// <param name="record">Of the servers.</param>
    /// <param name="held">By any gateway.</param>
    /// <param name="plant">Which tags are critical.</param>
    /// <param name="to">End of the comparison.</param>
    public static ValueComparison Of(PlantRecord record, IEnumerable<HeldValue> held, PlantModel plant, DateTimeOffset to)
    {
        var missed = new List<string>(record.Notes.Where(note => note.Contains("oldest file left", StringComparison.Ordinal)));
        var (produced, byTwin) = (0, 0);
        var heldOf = held.ToLookup(value => value.Tag);
        var producedOf = record.Values.ToLookup(value => value.Tag);
        foreach (var tag in plant.Tags.Where(tag => tag.Critical))
        {
            var known = heldOf[tag.Name].ToLookup(value => value.Time, value => value.Text);
            // What comes before a tag's first evidence is the start of the plant, not a loss.
            var first = heldOf[tag.Name].Select(value => value.Received).DefaultIfEmpty(DateTime.MaxValue).Min();
            var servers = producedOf[tag.Name].GroupBy(value => value.Server).ToDictionary(group => group.Key, group => group.ToList());
            if (servers.Count > 0 && first == DateTime.MaxValue)
                missed.Add($"no gateway has a value of {tag.Name}");
            foreach (var (server, values) in servers)
                foreach (var value in values.Where(value => value.Time >= first && value.Time < to.UtcDateTime))
                {
                    produced++;
                    if (known[value.Time].Any())
                    {
                        if (!known[value.Time].Contains(value.Value.ToString()))
                            missed.Add($"{value.Time:HH:mm:ss.fff} {tag.Name} was {value.Value} at {server}, and is on record as {known[value.Time].First()}");
                    }
                    else if (servers.Any(other => other.Key != server && Surround(other.Value, value.Time, known)))
                    {
                        byTwin++;
                    }
                    else
                    {
                        missed.Add($"{value.Time:HH:mm:ss.fff} {tag.Name} was {value.Value} at {server}, and no gateway has it");
                    }
                }
        }

        return new ValueComparison(produced, byTwin, missed);
    }

    /// <summary>Whether the nearest values of another server, of one life and close together, are held.</summary>
    private static bool Surround(List<ProducedValue> values, DateTime time, ILookup<DateTime, string> known)
    {
        var (before, after) = (values.FindLast(value => value.Time <= time), values.Find(value => value.Time >= time));
        return before is not null && after is not null && before.Life == after.Life && after.Time - before.Time <= Neighbours && known[before.Time].Any() && known[after.Time].Any();
    }
}
