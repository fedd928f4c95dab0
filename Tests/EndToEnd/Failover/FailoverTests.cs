using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MQTTnet;
using PatchEdge.EndToEnd.Release;

namespace PatchEdge.EndToEnd.Failover;

/// <summary>Two schedulers on one database, and the one that leads is killed, frozen or cut off from the broker at a step of a run: the other finishes it, and nothing is released twice.</summary>
/// <remarks>
/// What is true is said by others: by the broker, which carried every permit; by the host, which wrote what was done to it; by the line's controller; and by
/// the ledger. PATCHEDGE_FAILOVER_ROUNDS asks for more rounds, drawn from PATCHEDGE_FAILOVER_SEED.
/// </remarks>
public sealed class FailoverTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>A step of a run shows on the broker; a moment later the leader is gone.</summary>
    private static readonly string[] Steps = ["job", "offer", "permit-request", "hold-request", "hold-reply", "permit", "go-ahead-request", "go-ahead", "progress", "progress-acknowledged"];

    [Fact]
    [Trait("Req", "hostile-62")]
    [Trait("Req", "hostile-65")]
    [Trait("Req", "hostile-67")]
    [Trait("Req", "I3")]
    [Trait("Req", "I5")]
    public async Task Leader_killed_frozen_or_cut_off_at_any_step_releases_nothing_twice_and_the_run_resumes()
    {
        var rounds = Rounds();
        using var folder = new TemporaryFolder();
        using var authority = new TlsAuthority(folder);
        await using var database = await Postgres.StartAsync(folder, authority.Issue());
        await using var pair = new SchedulerPair(database, await database.CreateForAccountAsync("patchedge"), authority);
        await using var plant = await PlantUnderTest.StartAsync(pair.StartAsync);
        await plant.EndBatchAsync();
        var number = 0;
        foreach (var round in rounds)
            await PlayAsync(plant, pair, $"kb-{++number}", round);

        await JudgeAsync(plant, pair, number);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(Environment.NewLine, rounds.Select(round => $"{round}: led again after {round.LedAgainAfter.TotalSeconds:0.0} s, done after {round.DoneAfter.TotalSeconds:0.0} s")));
    }

    private static async Task PlayAsync(PlantUnderTest plant, SchedulerPair pair, string job, Round round)
    {
        var (name, term) = pair.Leader;
        Assert.True(term > 0, $"nobody leads: {pair.Output}");
        var leader = pair.Process(name);
        var struck = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Strike(MqttApplicationMessage message)
        {
            if (IsOf(message, round.Step, job) && !struck.Task.IsCompleted)
                struck.TrySetResult(TimeProvider.System.GetTimestamp());
        }

        plant.Crossed += Strike;
        plant.WriteJob(job);
        if (round.Step != "job")
            await pair.SignAsync(job);
        else
            struck.TrySetResult(TimeProvider.System.GetTimestamp());
        await Eventually.TrueAsync($"{round}: {job} comes so far", () => Task.FromResult(struck.Task.IsCompleted), Patience, () => pair.Output + plant.Gateway.Output + plant.Agent.Output);
        await Task.Delay(round.Delay, TimeProvider.System);
        plant.Crossed -= Strike;
        var at = TimeProvider.System.GetTimestamp();
        if (round.Fault == Fault.Frozen)
            leader.Freeze();
        else if (round.Fault == Fault.CutOff)
            pair.Cable(name).Pull();
        else
            await leader.KillAsync();
        await pair.TakenOverAsync(term);
        round.LedAgainAfter = TimeProvider.System.GetElapsedTime(at);
        if (round.Fault == Fault.Frozen)
            leader.Thaw();
        else if (round.Fault == Fault.Killed)
            await pair.StartAsync(name);
        if (round.Step == "job")
            await pair.SignAsync(job);
        await Eventually.TrueAsync($"{round}: {job} is done", async () =>
            await pair.AskAsync($"""SELECT "State" FROM run WHERE "JobId" = '{job}' ORDER BY "Attempt" DESC LIMIT 1""") == "Done", Patience, () => pair.Output + plant.Gateway.Output + plant.Agent.Output);
        round.DoneAfter = TimeProvider.System.GetElapsedTime(at);
        if (round.Fault != Fault.Killed)
            await leader.LineAsync("no longer leads", Patience);
        if (round.Fault == Fault.CutOff)
            pair.Cable(name).PlugIn();
    }

    private static async Task JudgeAsync(PlantUnderTest plant, SchedulerPair pair, int jobs)
    {
        // On the host: each job's patch was done once, in whichever of its attempts.
        var done = plant.Effects.Select(line => line.Split(' ')[1]).Select(run => run[..run.LastIndexOf('.')]).ToList();
        Assert.Equal(Enumerable.Range(1, jobs).Select(number => $"kb-{number}"), done);

        // On the broker: no run and no nonce has two permits, and their tokens only rise.
        var permits = plant.Tapped(Plant.Messages.Topics.Permit(PlantUnderTest.Site, PlantUnderTest.Host)).Select(Payload).ToList();
        Assert.Equal(permits.Count, permits.Select(permit => (string)permit["run"]!).Distinct().Count());
        Assert.Equal(permits.Count, permits.Select(permit => (string)permit["nonce"]!).Distinct().Count());
        var tokens = permits.Select(permit => (long)permit["token"]!).ToList();
        Assert.Equal(tokens.Order(), tokens);

        // On record: each of these was intended and released once, in an unbroken ledger that both schedulers' own heads agree with.
        Assert.Equal("", await pair.AskAsync(
            """SELECT "Json"::json->>'subject' FROM ledger WHERE "Json"::json->>'action' = 'transition' AND "Json"::json->'after'->>'state' = 'Released' GROUP BY 1 HAVING count(*) > 1"""));
        foreach (var scheduler in (string[])["a", "b"])
            Assert.Contains("holds together", await pair.CliAsync(scheduler, 0, "ledger", "verify"), StringComparison.Ordinal);
        Assert.Equal("t", await pair.AskAsync("""SELECT count(*) >= (SELECT "Epoch" FROM lease) FROM ledger WHERE "Json"::json->>'action' = 'leadership-taken'"""));

        // What lets them into the database was told nobody.
        foreach (var part in Postgres.Password.Split(';'))
            Assert.DoesNotContain(part, pair.Output, StringComparison.Ordinal);

        // At the line: it is free again.
        await Eventually.TrueAsync("the line is free", async () => await plant.HeldAsync() == 0, Patience, () => pair.Output + plant.Gateway.Output);
    }

    private static bool IsOf(MqttApplicationMessage message, string step, string job)
    {
        if (!message.Topic.EndsWith('/' + step, StringComparison.Ordinal))
            return false;
        var text = System.Text.Encoding.UTF8.GetString(message.Payload.ToArray());
        // Permits and go-aheads are signed tokens: what they are about lies in the middle part.
        if (text.Split('.') is [_, var payload, _] && !text.StartsWith('{'))
            text = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(payload));
        return Regex.IsMatch(text, $"\"{job}\\.[0-9]+\"");
    }

    private static JsonNode Payload(MqttApplicationMessage message)
    {
        var token = System.Text.Encoding.ASCII.GetString(message.Payload.ToArray()).Trim('"').Split('.')[1];
        return JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token))!;
    }

    /// <summary>Without an environment: a kill while a line is asked to hold, a freeze with a permit just sent, a kill while the host is patched, and a cable pulled while a line is asked to hold.</summary>
    private static List<Round> Rounds()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_FAILOVER_ROUNDS"), CultureInfo.InvariantCulture, out var count))
            return [new("hold-request", TimeSpan.Zero, Fault.Killed), new("permit", TimeSpan.Zero, Fault.Frozen), new("progress", TimeSpan.Zero, Fault.Killed), new("hold-request", TimeSpan.Zero, Fault.CutOff)];
        var seed = int.TryParse(Environment.GetEnvironmentVariable("PATCHEDGE_FAILOVER_SEED"), CultureInfo.InvariantCulture, out var given) ? given : 1;
        var random = new Random(seed);
        // Every step in turn, each fault by turns, a random moment after it showed.
        return [.. Enumerable.Range(0, count).Select(number => new Round(
            Steps[number % Steps.Length], TimeSpan.FromMilliseconds(random.Next(4) == 0 ? 0 : random.Next(400)), (Fault)(number / Steps.Length % 3)))];
    }

    private enum Fault
    {
        Killed,
        Frozen,
        CutOff,
    }

    private sealed record Round(string Step, TimeSpan Delay, Fault Fault)
    {
        public TimeSpan LedAgainAfter { get; set; }

        public TimeSpan DoneAfter { get; set; }

        public override string ToString() => $"{Fault} {Delay.TotalMilliseconds:0} ms after {Step}";
    }
}
