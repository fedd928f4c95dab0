using System.Collections.Immutable;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads one line with its units, tags, hold and idle rule.</summary>
internal static class LineReader
{
    public static readonly TimeSpan ShortestDwell = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestDwell = TimeSpan.FromHours(24);
    public static readonly TimeSpan ShortestEvidenceAge = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan LongestEvidenceAge = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan ShortestClockOffset = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan LongestClockOffset = TimeSpan.FromSeconds(10);

    public static Line Read(ConfigurationSection section, string area, LineSurroundings surroundings)
    {
        var defaults = surroundings.Defaults;
        var inherited = defaults.Tags.OverrideForAll(section, section.Name, surroundings.ServerNames);
        var units = PlantReader.Distinct(section.Named("units"));
        var tags = new LineTags(section.Name, units.SelectMany(unit => UnitReader.ReadTags(unit, section.Name, inherited, surroundings))
            .Concat(section.Named("tags").Select(tag => new ReadTag(tag, TagReader.Read(tag, section.Name, null, inherited, surroundings)))));
        var line = new Line
        {
            Name = section.Name,
            Area = area,
            Dwell = section.Duration("dwell", defaults.Dwell, ShortestDwell, LongestDwell),
            EvidenceAge = section.Duration("evidence-age", defaults.EvidenceAge, ShortestEvidenceAge, LongestEvidenceAge),
            ClockOffset = section.Duration("clock-offset", defaults.ClockOffset, ShortestClockOffset, LongestClockOffset),
            Units = [.. units.Select(unit => new Unit(unit.Name, unit.OptionalText("profile")))],
            Tags = tags.All,
            Idle = ReadIdle(section, tags, surroundings),
            BatchTag = section.Optional("batch") is { } batch ? tags.Find(batch, batch.Text())?.Name : null,
            HeldTokenTag = section.Optional("held-token") is { } held ? tags.Find(held, held.Text())?.Name : null,
            Hold = HoldReader.ReadMode(section),
            HoldNodes = HoldReader.ReadNodes(section, inherited, surroundings),
        };
        RefuseUnprovable(section, line, surroundings);
        return line;
    }

    private static IdleRule? ReadIdle(ConfigurationSection section, LineTags tags, LineSurroundings surroundings)
    {
        var alwaysOn = section.Bool("always-on", false);
        if (section.OptionalSection("idle") is { } idle)
        {
            if (alwaysOn)
                section.Error("always-on", "an always-on line is never idle: remove either always-on or idle");
            return IdleReader.Read(idle, tags, surroundings);
        }

        if (!alwaysOn)
            section.Error("idle", "the line has no conditions: say under 'idle' when it is idle, or write 'always-on: true' when it never is");
        return null;
    }

    /// <summary>A rule that no gateway could ever prove would block every release without saying why.</summary>
    private static void RefuseUnprovable(ConfigurationSection section, Line line, LineSurroundings surroundings)
    {
        if (line.Idle is null)
            return;
        var names = line.Idle.All.Select(entry => entry.Condition.Tag).ToHashSet();
        var needed = line.Tags.Where(tag => names.Contains(tag.Name)).ToImmutableArray();
        foreach (var server in needed.SelectMany(tag => tag.Servers).Distinct().Select(surroundings.Server).OfType<OpcUaServer>())
        {
            var silence = server.PublishingInterval * server.KeepAliveCount;
            if (silence > line.EvidenceAge)
                section.Error("evidence-age", $"is {Durations.Format(line.EvidenceAge)}, but server '{server.Name}' proves silence only every {Durations.Format(silence)} (publishing {Durations.Format(server.PublishingInterval)} × keep-alive-count {server.KeepAliveCount}): the line could never stay idle; lower the keep-alive-count");
        }

        if (!surroundings.Gateways.IsEmpty && !surroundings.Gateways.Any(gateway => needed.All(tag => tag.Servers.Any(server => gateway.Servers.Contains(server)))))
            section.Error("idle", "no gateway watches all servers that these conditions need: one gateway must be able to prove the line alone");
    }
}
