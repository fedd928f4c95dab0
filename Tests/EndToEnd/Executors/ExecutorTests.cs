using System.Buffers.Text;
using System.Text.Json.Nodes;

namespace PatchEdge.EndToEnd.Executors;

/// <summary>A command with its permit, a signed webhook and a FleetLock client, each gated by one line that works and rests: nothing happens while it works, and each update happens once.</summary>
public sealed class ExecutorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    [Fact]
    [Trait("Req", "I1")]
    [Trait("Req", "I8")]
    [Trait("Req", "P6")]
    public async Task Every_executor_waits_for_the_line_and_acts_once()
    {
        await using var plant = await ExecutorPlant.StartAsync();
        await Eventually.TrueAsync("the line works", async () => await StateAsync(plant) == "Active", Patience, () => plant.Output);
        // Unsigned, so nothing of what follows can be the line's doing alone.
        foreach (var job in ExecutorPlant.Hosts)
            Assert.Equal("Requested", await plant.Api.StateAsync(job));
        await Eventually.TrueAsync("the FleetLock client is refused", () => Task.FromResult(plant.Client.Heard.Contains("no_run")), Patience, () => plant.Output);
        foreach (var job in ExecutorPlant.Hosts)
            await plant.Api.SignAsync(job, () => plant.Output);
        foreach (var job in ExecutorPlant.Hosts)
            await BlockedAsync(plant, job);

        foreach (var job in ExecutorPlant.Hosts)
            await Eventually.TrueAsync($"{job} is done", async () => await plant.Api.StateAsync(job) == "Done", Patience, () => plant.Output);

        var effect = Assert.Single(plant.Effects).Split(' ');
        Assert.Equal([ExecutorPlant.Command, ExecutorPlant.Command + ".1"], effect[..2]);
        Assert.Equal(ExecutorPlant.Command, (string?)Payload(effect[2])["host"]);
        var (called, body) = Assert.Single(plant.Receiver.Calls);
        Assert.Empty(plant.Receiver.Forged);
        Assert.Equal((ExecutorPlant.Webhook, ExecutorPlant.Webhook + ".1", ExecutorPlant.Line), ((string?)body["host"], (string?)body["run"], (string?)body["lines"]![0]));
        Assert.Equal((string?)body["run"], (string?)Payload((string)body["permit"]!)["run"]);
        var restarted = Assert.Single(plant.Client.Restarts);
        await Eventually.TrueAsync("the client is refused again", () => Task.FromResult(plant.Client.Heard[^1] == "no_run"), Patience, () => string.Join(", ", plant.Client.Heard));

        var worked = plant.Worked();
        Assert.NotEmpty(worked);
        foreach (var at in (DateTimeOffset[])[called, restarted, Payload(effect[2])["issuedAt"]!.GetValue<DateTimeOffset>()])
            Assert.DoesNotContain(worked, span => span.From <= at && at < span.To);
        foreach (var job in ExecutorPlant.Hosts)
            Assert.Equal(1, await plant.Api.EntriesAsync("release-intended", $"{job}.1"));
    }

    /// <summary>As long as the line works, it is what keeps the job back.</summary>
    private static async Task BlockedAsync(ExecutorPlant plant, string job)
    {
        var before = await StateAsync(plant);
        var why = await plant.Api.WhyAsync(job);
        if (before != "Active" || await StateAsync(plant) != "Active")
            return;
        Assert.Contains(why["verdicts"]!.AsArray(), verdict => (string?)verdict!["gate"] == "line-idle" && (string?)verdict["outcome"] == "Block");
    }

    private static async Task<string?> StateAsync(ExecutorPlant plant) =>
        (string?)(await plant.Api.LinesAsync()).AsArray().Single(line => (string?)line!["name"] == ExecutorPlant.Line)!["state"];

    private static JsonNode Payload(string token) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Trim('"').Split('.')[1]))!;
}
