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
        new("Fast", (plan, random) => random.Next(plan.PublishingMs / 4, plan.PublishingMs * 2)),
        new("Slow", (_, random) => random.Next(4_000, 15_000)),
        new("Still", (_, _) => null),
        new("Guarded", (_, random) => random.Next(500, 3_000), 8_000),
        new("Doubtful", (_, random) => random.Next(1_500, 5_000)),
    ];

    /// <summary>A reconfigured gateway samples it otherwise.</summary>
    public bool IsRetuned => Name == "Slow";

    public static int Count => Servers * Kinds.Length;

    public static PlantTag Of(int tag) => Kinds[tag % Kinds.Length];

    public static int Find(int server, string kind) => (server * Kinds.Length) + Array.FindIndex(Kinds, tag => tag.Name == kind);

    public static string NameOf(int tag) => $"Line{tag / Kinds.Length}/{Of(tag).Name}";

    /// <param name="plan">How its servers publish.</param>
    /// <param name="tuning">How often the plant file was changed: each time some tags are sampled otherwise.</param>
    public static PlantModel Plant(ScenarioPlan plan, int tuning) => PlantFile.Parse(
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
        {string.Join('\n', Enumerable.Range(0, Servers).Select(server => LineOf(server, plan, tuning)))}

        """), "plant.yaml");

    private static string LineOf(int server, ScenarioPlan plan, int tuning) => $"""
              Line{server}:
                servers: [server{server}]
                always-on: true
                tags:
        {string.Join('\n', Kinds.Select(kind => $"          {kind.Name}: {{ type: Double, critical: true, record: true{(kind.LongestSilence is { } silence ? $", longest-silence: {silence}ms" : "")}{(kind.IsRetuned ? $", sampling: {(plan.PublishingMs / 4) + tuning}ms" : "")} }}"))}
        """;
}
