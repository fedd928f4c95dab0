using System.Globalization;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>How a tag of the model plant behaves. Each server has one of each kind.</summary>
/// <param name="Name">Last part of its name.</param>
/// <param name="Pace">Time to its next change in milliseconds; null when it never changes by itself.</param>
/// <param name="LongestSilence">As the plant file declares it, in milliseconds; null when silence means nothing.</param>
internal sealed record PlantTag(string Name, Func<ScenarioPlan, Random, long?> Pace, long? LongestSilence = null)
{
    public const int Servers = 2;

    public static readonly PlantTag[] Kinds =
    [
        new("Fast", (plan, random) => plan.IsQuiet ? random.NextInt64(plan.KeepAliveMs, 3 * plan.KeepAliveMs) : random.Next(plan.PublishingMs / 4, plan.PublishingMs * 2)),
        new("Slow", (_, random) => random.Next(4_000, 15_000)),
        new("Still", (_, _) => null),
        new("Guarded", (_, random) => random.Next(500, 3_000), 8_000),
        new("Doubtful", (_, random) => random.Next(1_500, 5_000)),
        new("Extra", (_, random) => random.Next(1_000, 6_000)),
    ];

    /// <summary>A reconfigured gateway samples it otherwise.</summary>
    public bool IsRetuned => Name == "Slow";

    /// <summary>It goes when the plant file loses tags.</summary>
    public bool IsRemovable => Name is "Fast" or "Doubtful";

    /// <summary>Where one is added, it is missing in the plant file until then.</summary>
    public bool IsAddition => Name == "Extra";

    /// <summary>A server may come without its node.</summary>
    public bool IsForgotten => Name is "Slow" or "Still";

    public static int Count => Servers * Kinds.Length;

    public static PlantTag Of(int tag) => Kinds[tag % Kinds.Length];

    public static int Find(int server, string kind) => (server * Kinds.Length) + Array.FindIndex(Kinds, tag => tag.Name == kind);

    public static string NameOf(int tag) => $"Line{tag / Kinds.Length}/{Of(tag).Name}";

    /// <param name="plan">How its servers publish.</param>
    /// <param name="tuning">How often the plant file was changed: each time some tags are sampled otherwise.</param>
    /// <param name="missing">Tags, by index, that are not in it.</param>
    public static PlantModel Plant(ScenarioPlan plan, int tuning, IReadOnlySet<int> missing) => PlantFile.Parse(
        string.Create(CultureInfo.InvariantCulture, $"""
        site: Truth
        defaults:
          security: None:None
          publishing: {plan.PublishingMs}ms
          keep-alive-count: {plan.KeepAliveCount}
          lifetime-count: {(3 * plan.KeepAliveCount) + 5}
          sampling: {plan.PublishingMs / 4}ms
          queue: {plan.QueueSize}
          nodes: nsu=urn:truth;s=
        servers:
          server0: {@"{ url: ""opc.tcp://127.0.0.1:1"" }"}
          server1: {@"{ url: ""opc.tcp://127.0.0.1:2"" }"}
        gateways:
          gw: {@"{ servers: [server0, server1] }"}
        areas:
          Area:
            lines:
        {string.Join('\n', Enumerable.Range(0, Servers).Select(server => LineOf(server, plan, tuning, missing)))}

        """), "plant.yaml");

    private static string LineOf(int server, ScenarioPlan plan, int tuning, IReadOnlySet<int> missing) => $"""
              Line{server}:
                servers: [server{server}]
                always-on: true
                tags:
        {string.Join('\n', Kinds.Where(kind => !missing.Contains(Find(server, kind.Name))).Select(kind => $"          {kind.Name}: {{ type: Double, critical: true, record: true{(kind.LongestSilence is { } silence ? $", longest-silence: {silence}ms" : "")}{(kind.IsRetuned ? $", sampling: {(plan.PublishingMs / 4) + tuning}ms" : "")} }}"))}
        """;
}
