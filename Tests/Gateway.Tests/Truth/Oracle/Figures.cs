using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PatchEdge.Gateway.Tests.Truth.Oracle;

/// <summary>What many scenarios come to, in words.</summary>
internal static class Figures
{
    public static string Of(ImmutableArray<Judgement> judged) => string.Create(CultureInfo.InvariantCulture,
        $"""
        {judged.Length} scenarios, {judged.Sum(one => one.Plan.Length) / 3_600_000.0:0.0} plant-hours, {judged.Sum(one => one.Injected.Length)} faults, {judged.Sum(one => one.Lost)} values lost: recall {judged.Sum(one => one.Found)}/{judged.Sum(one => one.True)}, precision {judged.Sum(one => one.Right)}/{judged.Sum(one => one.Reported)}, worst error {judged.Max(one => one.WorstErrorMs)} ms (seed {judged.MaxBy(one => one.WorstErrorMs)!.Plan.Seed}), seal {Seal(judged)}
        faults: {Count(judged.SelectMany(one => one.Injected).Select(kind => (kind.ToString(), 1)))}
        gaps found: {Count(judged.SelectMany(one => one.Causes).Select(pair => (pair.Key.ToString(), pair.Value)))}
        """);

    private static string Count(IEnumerable<(string Name, int Count)> things) =>
        string.Join(", ", things.GroupBy(thing => thing.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} {group.Sum(thing => thing.Count)}"));

    private static string Seal(ImmutableArray<Judgement> judged) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(judged.Select(one => one.Seal)))))[..16];
}
