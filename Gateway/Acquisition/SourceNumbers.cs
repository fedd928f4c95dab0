using System.Collections.Immutable;
using System.Globalization;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>Gives each source its number in the journal, and notes how it is monitored.</summary>
internal static class SourceNumbers
{
    /// <summary>What must stay the same for two items to be one evidence. Rates are in it: a slower item would have missed what a faster one saw.</summary>
    public static string DefinitionOf(Tag tag) =>
        string.Create(CultureInfo.InvariantCulture, $"{tag.Node} every {tag.SamplingInterval.TotalMilliseconds} ms, queue {tag.QueueSize}");

    /// <summary>By source index: the number that it always had, or the next free one. Returns when the journal knows them all.</summary>
    public static async Task<ImmutableArray<int>> AssignAsync(SourceTable table, JournalWriter journal, JournalRecovery recovery, Moment now, CancellationToken cancel)
    {
        var next = recovery.Sources.Count == 0 ? 1 : recovery.Sources.Values.Max() + 1;
        var fresh = new List<(int, string, string)>();
        var changed = new List<(int, Moment, string)>();
        var ids = ImmutableArray.CreateBuilder<int>(table.Tags.Length);
        for (var source = 0; source < table.Tags.Length; source++)
        {
            var key = (table.Tags[source].Name, table.Servers[table.ServerOf(source)].Name);
            var isKnown = recovery.Sources.TryGetValue(key, out var id);
            if (!isKnown)
                fresh.Add((id = next++, key.Item1, key.Item2));
            ids.Add(id);
            if (!table.Map.Sources[source].Retired && DefinitionOf(table.Tags[source]) is var definition && recovery.Definitions.GetValueOrDefault(id) != definition)
                changed.Add((id, isKnown ? default : now, definition));
        }

        if (fresh.Count + changed.Count > 0)
            await journal.WriteAsync(new SourcesWork(fresh, changed), cancel);
        return ids.MoveToImmutable();
    }
}
