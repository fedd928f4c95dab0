using System.Globalization;
using PatchEdge.Simulator.Tests.RealProcesses.Judging;

namespace PatchEdge.Simulator.Tests.RealProcesses;

/// <summary>Compares what the database holds with what the journal holds: each value once, with its content, and nothing else.</summary>
internal static class HistorianJudge
{
    /// <summary>Waits until everything is delivered, then names whatever differs.</summary>
    public static async Task<IReadOnlyList<string>> CompareAsync(WatchedPlant plant, GatewayAccount account, DateTimeOffset start)
    {
        var differences = new List<string>();
        foreach (var values in account.Values)
        {
            var held = values.DistinctBy(value => value.Time).ToList();
            var last = "";
            await Eventually.TrueAsync(
                $"{values.Key} is delivered",
                async () =>
                {
                    var points = await PointsAsync(plant, values.Key);
                    var missing = held.Where(value => !points.ContainsKey(Milliseconds(value.Time))).ToList();
                    last = $"{missing.Count} of {held.Count} are missing, the first of {missing.FirstOrDefault()?.Time:O}";
                    return missing.Count == 0;
                },
                WatchedPlant.Patience,
                () => last + Environment.NewLine + plant.Output);
            // The gateway goes on, and history is read: the journal is read after the database.
            var all = await PointsAsync(plant, values.Key);
            var known = (await GatewayAccount.ValuesAsync(plant, start, TimeProvider.System.GetUtcNow()))[values.Key].DistinctBy(value => value.Time).ToLookup(value => Milliseconds(value.Time));
            var times = held.ToLookup(value => Milliseconds(value.Time));
            differences.AddRange(all.Where(point => !known.Contains(point.Key)).Take(5).Select(point => $"{values.Key}: the database has a point at {point.Key} that the journal does not know"));
            differences.AddRange(held.Where(value => all[Milliseconds(value.Time)] is { Count: var count } && count != times[Milliseconds(value.Time)].Count())
                .Take(5).Select(value => $"{values.Key}: the database counts {all[Milliseconds(value.Time)].Count} points at {value.Time:O}"));
            differences.AddRange(held.Where(value => double.TryParse(value.Text, CultureInfo.InvariantCulture, out var number) && !all[Milliseconds(value.Time)].Contains(number))
                .Take(5).Select(value => $"{values.Key}: the value {value.Text} of {value.Time:O} is another in the database"));
        }

        return differences;
    }

    /// <summary>By time in milliseconds: the values of the points there; NaN for one that is no number.</summary>
    private static async Task<Dictionary<long, List<double>>> PointsAsync(WatchedPlant plant, string tag)
    {
        var points = new Dictionary<long, List<double>>();
        foreach (var row in await plant.Influx!.QueryAsync($"SELECT * FROM tag_value WHERE \"tag\" = '{tag}'"))
        {
            if (!points.TryGetValue(row["time"].GetInt64(), out var values))
                points[row["time"].GetInt64()] = values = [];
            values.Add(row.TryGetValue("value", out var value) && value.ValueKind == System.Text.Json.JsonValueKind.Number ? value.GetDouble() : double.NaN);
        }

        return points;
    }

    private static long Milliseconds(DateTime time) => new DateTimeOffset(time).ToUnixTimeMilliseconds();
}
