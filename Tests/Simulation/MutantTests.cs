using System.Text.Json;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Simulation.Machine;
using PatchEdge.Simulation.Plant;

namespace PatchEdge.Simulation;

/// <summary>Every rule of the protocol that a part can fail to keep is caught, by the invariant that it is there for.</summary>
[Collection(nameof(Telling))]
public sealed class MutantTests
{
    private static readonly Plot Rough = new() { Seed = 0, Spells = 1, Overhauls = 0 };

    /// <summary>Hosts of one line, one after the other, and nothing that fails by chance.</summary>
    private static readonly Plot Quiet = Rough with { Faults = false, Temper = WireTemper.Calm, Rest = TimeSpan.FromMinutes(10) };

    /// <summary>A host whose steps take hours, whatever becomes of its agent.</summary>
    private static readonly Plot Long = Quiet with { Jobs = [("hmi", Layout.Overhaul), ("server", Layout.Overhaul)], Also = AgentsDieForHours };

    /// <summary>What does not keep the rule, the invariant that must break, in how many seeds at most, and what happens in them.</summary>
    private static readonly Dictionary<Mutant, (string Invariant, int Seeds, Plot Plot)> Stories = new()
    {
        [Mutant.NoFence] = ("I3", 40, Quiet with { Also = GatewaysStandStill }),
        [Mutant.NoHold] = ("I2", 3, Quiet),
        [Mutant.NoRecheck] = ("I6", 3, Quiet),
        [Mutant.Repeats] = ("I7", 12, Quiet with { Also = SightIsLost }),
        [Mutant.UnwrittenRelease] = ("I4", 3, Quiet),
        [Mutant.NoLedger] = ("I4", 30, Rough),
        [Mutant.KeptAsFresh] = ("I8", 3, Quiet with { Temper = new WireTemper { KeepsPermits = true, ForgetsThatItKept = true } }),
        [Mutant.ClockStands] = ("I8", 3, Quiet with { Temper = PermitsAreLate }),
        [Mutant.Undeclared] = ("I8", 3, Quiet),
        [Mutant.LateWord] = ("I9", 5, Quiet with { Temper = WordsAreLate }),
        [Mutant.SpeaksForTheSilent] = ("I9", 5, Quiet with { Also = AgentsDieAndAreSpokenFor }),
        [Mutant.Unseen] = ("I9", 5, Long),
        [Mutant.OneHand] = ("I9", 5, Long),
        [Mutant.SharedUnsaid] = ("I5", 8, Quiet),
        [Mutant.PathsUnsaid] = ("I11", 5, Quiet),
        [Mutant.ForgetsReleases] = ("I10", 12, Quiet with { Also = LateGrantsAreUnheard }),
    };

    public static TheoryData<string> Mutants => [.. Stories.Keys.Select(mutant => mutant.ToString())];

    /// <summary>What takes away no rule, but what a mutant leans on: then nothing breaks.</summary>
    private static readonly Dictionary<string, (Mutant Mutant, Plot Plot)> Fenced = new()
    {
        ["permits that the broker kept"] = (Mutant.None, Stories[Mutant.KeptAsFresh].Plot with { Temper = new WireTemper { KeepsPermits = true }, Rest = TimeSpan.Zero }),
        ["permits that are late"] = (Mutant.None, Stories[Mutant.ClockStands].Plot with { Rest = TimeSpan.Zero }),
        ["words that are late"] = (Mutant.None, Stories[Mutant.LateWord].Plot),
        ["sight that is lost"] = (Mutant.None, Stories[Mutant.Repeats].Plot),
        ["agents that die"] = (Mutant.None, Stories[Mutant.Unseen].Plot),
        ["controllers that forget releases, and are cleared"] = (Mutant.ForgetsReleases, Quiet with { Also = HoldsAreLate }),
        ["answers that are lost, and controllers that remember"] = (Mutant.None, Stories[Mutant.ForgetsReleases].Plot),
    };

    public static TheoryData<string> Fences => [.. Fenced.Keys];

    [Theory]
    [MemberData(nameof(Mutants))]
    public async Task Mutant_breaks_the_invariant_that_its_rule_is_for(string name)
    {
        var mutant = Enum.Parse<Mutant>(name);
        var (invariant, seeds, plot) = Stories[mutant];
        for (var seed = 1; seed <= seeds; seed++)
            if ((await Telling.OfAsync(plot with { Seed = seed, Mutant = mutant, Only = invariant })).Broken is { } broken)
            {
                TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}: {broken}");
                Assert.StartsWith(invariant + " ", broken, StringComparison.Ordinal);
                return;
            }

        Assert.Fail($"{mutant} was not caught within {seeds} seeds.");
    }

    [Theory]
    [MemberData(nameof(Fences))]
    public async Task Whatever_a_mutant_leans_on_breaks_nothing_by_itself(string name)
    {
        var (mutant, plot) = Fenced[name];
        var tale = await Telling.OfAsync(plot with { Seed = 1, Mutant = mutant });

        Assert.True(tale.Broken is null, tale.Broken);
        // Whose words are late is not released at all; what is late or kept begins nothing.
        Assert.Equal(name.StartsWith("words", StringComparison.Ordinal), tale.Releases == 0);
        Assert.Equal(name.StartsWith("words", StringComparison.Ordinal) || name.StartsWith("permits", StringComparison.Ordinal), tale.Begun == 0);
    }

    private static WireTemper PermitsAreLate => new() { Slows = topic => topic.EndsWith("/permit", StringComparison.Ordinal) ? TimeSpan.FromSeconds(35) : null };

    /// <summary>Whatever a host says, but that it is ready.</summary>
    private static WireTemper WordsAreLate => new()
    {
        Slows = topic => topic.Split('/') is [.., "host", _, "status" or "progress" or "go-ahead-request"] ? SimulatedHost.Skew : null,
    };

    private static void GatewaysStandStill(Story story) => story.Often(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(40), () =>
        story.Gateways[story.World.Random.Next(story.Gateways.Count)].Life.Freeze(story.World.Between(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(90))));

    /// <summary>A gateway stands still with a request in its hands, whose run is given up meanwhile.</summary>
    private static void HoldsAreLate(Story story) => HoldsAreLate(
        story, request => story.Scheduler.Ask(new Order.Withdraw(request.Run[..request.Run.LastIndexOf('.')], RunState.Revoked, "not today", "Ann")));

    private static void HoldsAreLate(Story story, Action<HoldRequest> giveUp) => story.Wire.Sent += (topic, payload) =>
    {
        if (!topic.EndsWith("/hold-request", StringComparison.Ordinal) || JsonSerializer.Deserialize(payload.Span, MessageJson.Default.HoldRequest) is not { Action: HoldAction.Hold } request || !story.World.Chance(0.3))
            return;
        story.Gateways.First(gateway => topic.Contains(gateway.Name, StringComparison.Ordinal)).Life.Freeze(TimeSpan.FromSeconds(40));
        story.World.After(TimeSpan.FromMilliseconds(500), () => giveUp(request));
    };

    /// <summary>And what they then hold for nobody, nobody hears of.</summary>
    private static void LateGrantsAreUnheard(Story story)
    {
        // After its restart the scheduler hears the other gateway alone, and has the line freed through that one.
        HoldsAreLate(story, _ => story.Scheduler.Crash(TimeSpan.FromSeconds(3)));
        var freed = new HashSet<long>();
        story.Wire.Sent += (topic, payload) =>
        {
            if (topic.EndsWith("/hold-request", StringComparison.Ordinal) && JsonSerializer.Deserialize(payload.Span, MessageJson.Default.HoldRequest) is { Action: HoldAction.Release } release)
                freed.Add(release.Token);
        };
        story.Wire.Temper = new WireTemper
        {
            Drops = (topic, payload) => topic.EndsWith("/hold-reply", StringComparison.Ordinal)
                && JsonSerializer.Deserialize(payload, MessageJson.Default.HoldReply) is { Action: HoldAction.Hold } reply && freed.Contains(reply.Token),
        };
    }

    private static void SightIsLost(Story story) => story.Often(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(50), () =>
    {
        foreach (var line in story.Lines)
            foreach (var gateway in story.Gateways)
                story.Monitoring.Break(gateway.Name, Layout.ServerOf(line.Name), TimeSpan.FromSeconds(40));
    });

    private static void AgentsDie(Story story) => story.Hosts.ForEach(host => host.Dies = where => where.StartsWith("inside step", StringComparison.Ordinal) && story.World.Chance(0.7));

    private static void AgentsDieForHours(Story story) => story.Hosts.ForEach(host => host.Dies = where => where == "inside step rebuild");

    private static void AgentsDieAndAreSpokenFor(Story story)
    {
        AgentsDie(story);
        foreach (var host in story.Hosts)
            host.Ended += (ended, _) =>
            {
                if (ended.Known?.Run is { IsOver: false } run)
                    story.Wire.Send(Topics.Progress(Layout.Site, ended.Name), JsonSerializer.SerializeToUtf8Bytes(
                        run.Progress with { Sequence = run.Progress.Sequence + 1, Phase = RunPhase.Stopped }, MessageJson.Default.RunProgress), TimeSpan.FromMinutes(1));
            };
    }
}
