using System.Buffers;
using System.Text.Json.Nodes;
using PatchEdge.Plant.Messages;

namespace PatchEdge.EndToEnd.Release;

/// <summary>A job waits for a line that a server of another make plays, over Basic256Sha256 with SignAndEncrypt.</summary>
public sealed class LiveLineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Req", "P1")]
    [Trait("Req", "I2")]
    [Trait("Req", "I8")]
    [Trait("Req", "I9")]
    public async Task Job_is_released_once_and_only_after_the_line_has_settled_idle()
    {
        await using var plant = await PlantUnderTest.StartAsync();
        await plant.LineBecomesAsync("Active");
        await Eventually.TrueAsync("only the line keeps the job back", async () => Blocking(await plant.Api.WhyAsync(PlantUnderTest.Job)) is [var only] && only.Contains("idle", StringComparison.OrdinalIgnoreCase),
            Patience, () => plant.Scheduler.Output);
        var running = plant.Cli("why", PlantUnderTest.Job, "--json");
        await using (running)
        {
            Assert.Equal(0, await running.ExitAsync(Patience));
            Assert.Contains("Execute", running.Output, StringComparison.Ordinal);
        }

        var endedAt = DateTimeOffset.MinValue;
        await plant.EndBatchAsync();
        endedAt = TimeProvider.System.GetUtcNow();
        var heldMeanwhile = new HashSet<long>();
        await Eventually.TrueAsync("the job is done", async () =>
        {
            var state = await plant.Api.StateAsync(PlantUnderTest.Job);
            var held = await plant.HeldAsync();
            // Asked after the state, and held until after Done: what is seen here was so while the run was under way.
            if (state is "Released" or "Executing" or "Verifying" && await plant.Api.StateAsync(PlantUnderTest.Job) != "Done")
                heldMeanwhile.Add(held);
            return state == "Done";
        }, Patience, () => plant.Scheduler.Output + plant.Gateway.Output);

        var permit = Assert.Single(plant.Tapped(Topics.Permit(PlantUnderTest.Site, PlantUnderTest.Host)));
        var released = IssuedAt(permit.Payload.ToArray());
        Assert.True(released - endedAt >= PlantUnderTest.Dwell - TimeSpan.FromMilliseconds(500), $"released {released - endedAt} after the batch ended, before the dwell of {PlantUnderTest.Dwell}");
        Assert.Equal([Payload(permit.Payload.ToArray())["token"]!.GetValue<long>()], heldMeanwhile);
        await Eventually.TrueAsync("the line is free", async () => await plant.HeldAsync() == 0, Patience, () => plant.Gateway.Output);
        var effect = Assert.Single(plant.Effects);
        Assert.StartsWith("install ", effect, StringComparison.Ordinal);

        // The permit, sent again by whoever recorded it: live, retained, and to an agent that was restarted.
        await plant.PublishAsync(permit.Topic, permit.Payload.ToArray(), retain: false);
        await plant.Agent.LineAsync("(?i)refus", Patience);
        await plant.PublishAsync(permit.Topic, permit.Payload.ToArray(), retain: true);
        await plant.RestartAgentAsync();
        await plant.Agent.LineAsync("(?i)refus", Patience);
        Assert.Single(plant.Effects);

        await Eventually.TrueAsync("the line's history is in InfluxDB", async () =>
        {
            var states = (await plant.Influx.QueryAsync("SELECT state FROM line_state")).Select(row => row["state"].ToString()).ToList();
            return states.IndexOf("Active") is >= 0 and var active && states.IndexOf("Settling", active) is >= 0 and var settling && states.IndexOf("Idle", settling) >= 0;
        }, Patience, () => plant.Gateway.Output);
    }

    [Fact]
    [Trait("Req", "P1")]
    public async Task Doubtful_evidence_keeps_the_job_back_and_leaves_gaps_on_record()
    {
        await using var plant = await PlantUnderTest.StartAsync();
        await plant.LineBecomesAsync("Active");

        await plant.EndBatchAsync();
        await plant.SetAsync(new JsonObject { ["Filler.Speed"] = 0.0 }, "BadSensorFailure");
        await plant.LineBecomesAsync("Unknown", reason: "BadSensorFailure");
        Assert.NotEmpty(Blocking(await plant.Api.WhyAsync(PlantUnderTest.Job)));

        await plant.RunBatchAsync("B-002");
        await plant.LineBecomesAsync("Active");
        plant.Server.Program.Freeze();
        try
        {
            var frozen = TimeProvider.System.GetTimestamp();
            await plant.LineBecomesAsync("Unknown");
            var took = TimeProvider.System.GetElapsedTime(frozen);
            // 1.5 keep-alives from the last message, which is at most one keep-alive before the freeze; the rest is publishing and asking.
            Assert.True(took < PlantUnderTest.KeepAlive * 1.5 + TimeSpan.FromSeconds(2), $"Unknown {took} after the server stopped answering");
        }
        finally
        {
            plant.Server.Program.Thaw();
        }

        await plant.LineBecomesAsync("Active");
        Assert.Empty(plant.Effects);
        await Eventually.TrueAsync("both gaps are in InfluxDB, closed", async () =>
        {
            var gaps = await plant.Influx.QueryAsync("SELECT duration_ms, cause FROM gap WHERE duration_ms > 0");
            var causes = gaps.Select(row => row["cause"].ToString()).ToHashSet();
            return causes.Contains("BadQuality") && (causes.Contains("KeepAliveLate") || causes.Contains("ConnectionLost"));
        }, Patience, () => plant.Gateway.Output);
    }

    private static List<string> Blocking(JsonNode why) =>
        [.. why["verdicts"]!.AsArray().Where(verdict => (string)verdict!["outcome"]! != "Pass").Select(verdict => verdict!.ToJsonString())];

    private static DateTimeOffset IssuedAt(byte[] token) => (DateTimeOffset)Payload(token)["issuedAt"]!;

    private static JsonNode Payload(byte[] token)
    {
        var payload = System.Text.Encoding.ASCII.GetString(token).Trim('"').Split('.')[1];
        return JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload))!;
    }
}
