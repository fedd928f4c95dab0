using System.Collections.Immutable;
using CsCheck;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Planning.Gates.Lines;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning;

[Trait("Req", "I11")]
public sealed class CoverageGateTests
{
    private static readonly PlantModel Plant = CoverageScene.Plant;

    [Theory]
    [InlineData("host-a")]
    [InlineData("host-b")]
    [InlineData("edge-1")]
    [InlineData("edge-2")]
    public void Every_host_of_a_redundant_always_on_line_can_be_released_when_all_is_proven(string host)
    {
        var verdicts = Gate.Evaluate(CoverageScene.Open(Plant, host));

        Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == GateOutcome.Pass, $"{verdict.Gate} {verdict.Subject}: {verdict.Reason}"));
        Assert.Contains(verdicts, verdict => verdict is { Gate: "coverage", Code: "coverage-kept", Subject: "Chamber", Value: "2 live paths left" });
    }

    [Fact]
    public void Host_that_serves_an_always_on_line_without_watching_it_is_never_released()
    {
        var verdicts = Gate.Evaluate(CoverageScene.Open(Plant, "chamber-hmi"));

        Assert.Equal("line-always-on-served", Assert.Single(verdicts, verdict => verdict.Outcome == GateOutcome.Block).Code);
        Assert.Equal("coverage-untouched", verdicts.Single(verdict => verdict.Gate == "coverage").Code);
    }

    private static readonly (string What, Func<PlanningSnapshot, PlanningSnapshot> Spoil, string Code, bool Doubt)[] SpoilTable =
    [
        ("its twin is being patched", open => open.WithAway("host-b"), "coverage-cut", false),
        ("its twin is held for a run", open => open.WithAway("host-b", RunState.Held), "coverage-cut", false),
        ("its twin proves its health", open => open.WithAway("host-b", RunState.Verifying), "coverage-cut", false),
        ("its twin is quarantined", open => open.WithAway("host-b", RunState.Quarantined), "coverage-cut", false),
        ("a gateway and the twin at the other are away", open => open.WithAway("edge-1").WithServer("g2", "b", server => server with { NoneObserved = true }), "coverage-unproven", true),
        ("its twin's agent is silent", open => open with { Evidence = open.Evidence with { Agents = open.Evidence.Agents.SetItem("host-b", Facts.Doubtful(Facts.Agent("host-b"), Standing.Stale)) } }, "coverage-unproven", true),
        ("one tag has a gap at both gateways", open => new[] { "g1", "g2" }.Aggregate(open, (now, gateway) => now.WithServer(gateway, "b", server => server with { NotObserved = ["Chamber/Humidity"] })), "coverage-unproven", true),
        ("nothing was heard of either coverage", open => open with { Evidence = open.Evidence with { Coverage = ImmutableDictionary<string, Received<CoverageDigest>>.Empty } }, "coverage-unproven", true),
        ("both gateways are silent", open => new[] { "g1", "g2" }.Aggregate(open, (now, gateway) => now.With(Facts.Doubtful(Facts.Gateway(gateway), Standing.Offline))), "coverage-unproven", true),
        ("both run with another plant file", open => new[] { "g1", "g2" }.Aggregate(open, (now, gateway) => now.WithDigest(gateway, digest => digest with { ConfigurationHash = "old" })), "coverage-unproven", true),
        ("both have restarted since", open => new[] { "g1", "g2" }.Aggregate(open, (now, gateway) => now.WithDigest(gateway, digest => digest with { Boot = "old" })), "coverage-unproven", true),
        ("neither can write its journal", open => new[] { "g1", "g2" }.Aggregate(open, (now, gateway) => now.With(Facts.Fresh(Facts.Gateway(gateway) with { JournalWritable = false }))), "coverage-unproven", true),
        ("neither is connected to the twin", open => new[] { "g1", "g2" }.Aggregate(open, (now, gateway) => now.WithServer(gateway, "b", server => server with { ProvenUntil = null })), "coverage-unproven", true),
    ];

    public static TheoryData<int> Spoils => [.. Enumerable.Range(0, SpoilTable.Length)];

    [Theory]
    [MemberData(nameof(Spoils))]
    public void Last_path_is_not_let_go_when_one_fact_is_spoilt(int index)
    {
        var (what, spoil, code, doubt) = SpoilTable[index];
        var verdict = Coverage(spoil(CoverageScene.Open(Plant, "host-a")));

        Assert.True((GateOutcome.Block, code, doubt) == (verdict.Outcome, verdict.Code, verdict.Doubt), $"{what}: {verdict.Code} {verdict.Reason}");
        Assert.Contains("Chamber/Humidity", verdict.Reason, StringComparison.Ordinal);
        Assert.Contains("this host", verdict.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("g1")]
    [InlineData("g2")]
    public void One_gateway_that_is_blind_leaves_the_other_to_prove_it(string blind)
    {
        var verdict = Coverage(CoverageScene.Open(Plant, "host-a").With(Facts.Doubtful(Facts.Gateway(blind), Standing.Stale)));

        Assert.Equal((GateOutcome.Pass, "1 live path left"), (verdict.Outcome, verdict.Value));
    }

    [Fact]
    public void Minimum_of_two_paths_is_kept()
    {
        var strict = Plant with { Areas = [.. Plant.Areas.Select(area => area with { Lines = [.. area.Lines.Select(line => line with { Tags = [.. line.Tags.Select(tag => tag with { MinimumPaths = 2 })] })] })] };

        Assert.Equal(GateOutcome.Pass, Coverage(CoverageScene.Open(strict, "host-a")).Outcome);
        Assert.Equal("coverage-cut", Coverage(CoverageScene.Open(strict, "host-a").WithAway("edge-1")).Code);
    }

    [Theory]
    [InlineData(300, "Bob Eve", "coverage-budgeted")]
    [InlineData(300, "Bob", "coverage-budget-unsigned")]
    [InlineData(300, "Bob BOB", "coverage-budget-unsigned")]
    [InlineData(300, "Bob Ann", "coverage-budget-unsigned")]
    [InlineData(300, null, "coverage-budget-unsigned")]
    [InlineData(30, "Bob Eve", "coverage-budget-short")]
    public void Gap_budget_covers_the_loss_when_it_is_signed_and_long_enough(int seconds, string? approvers, string code)
    {
        var open = CoverageScene.Open(Plant, "host-a").WithAway("host-b");
        var verdict = Coverage(open with
        {
            Job = open.Job with
            {
                ApprovalsRequired = 0,
                GapBudget = TimeSpan.FromSeconds(seconds),
                ExpectedDuration = TimeSpan.FromMinutes(2),
                Approvals = [.. (approvers ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(by => new ApprovalFact(by, open.Job.ContentHash, Facts.Now))],
            },
        });

        Assert.Equal(code, verdict.Code);
        Assert.Equal(code == "coverage-budgeted" ? GateOutcome.Pass : GateOutcome.Block, verdict.Outcome);
    }

    /// <summary>Two people sign away just what they saw, for so long, until then; and breaking the glass alone opens nothing here.</summary>
    [Theory]
    [InlineData(WaiverKind.GapBudget, "Bob Eve", 300, 60, true, "coverage-budgeted")]
    [InlineData(WaiverKind.BreakGlass, "Bob Eve", 300, 60, true, "coverage-budgeted")]
    [InlineData(WaiverKind.BreakGlass, "Bob Eve", 0, 60, true, "coverage-cut")]
    [InlineData(WaiverKind.GapBudget, "Bob", 300, 60, true, "coverage-budget-unsigned")]
    [InlineData(WaiverKind.GapBudget, "Bob bob", 300, 60, true, "coverage-budget-unsigned")]
    [InlineData(WaiverKind.GapBudget, "Bob Eve", 30, 60, true, "coverage-budget-short")]
    [InlineData(WaiverKind.GapBudget, "Bob Eve", 300, 1, true, "coverage-budget-ends")]
    [InlineData(WaiverKind.GapBudget, "Bob Eve", 300, 0, true, "coverage-cut")]
    [InlineData(WaiverKind.GapBudget, "Bob Eve", 300, 60, false, "coverage-budget-exceeded")]
    [Trait("Req", "I11")]
    public void Signed_gap_covers_what_was_seen_and_nothing_else(WaiverKind kind, string by, int seconds, int minutes, bool all, string code)
    {
        var open = CoverageScene.Open(Plant, "host-a").WithAway("host-b");
        var lost = CoverageGate.Lost(open);
        Assert.NotEmpty(lost);
        var signed = all ? lost : [.. lost.Select(line => LostTags.Of(line.Line, ["another"]))];
        var waiver = new WaiverFacts(open.Run.Id, kind, "", [.. by.Split(' ')], "spare part", open.Now.AddMinutes(minutes), seconds == 0 ? null : new GapBudget(TimeSpan.FromSeconds(seconds), signed));

        var verdict = Coverage(open with { Job = open.Job with { ExpectedDuration = TimeSpan.FromMinutes(2) }, Run = open.Run with { Waivers = [waiver] } });

        Assert.Equal(code, verdict.Code);
        Assert.Equal(code == "coverage-budgeted" ? GateOutcome.Pass : GateOutcome.Block, verdict.Outcome);
    }

    [Fact]
    public void Historian_is_a_link_unless_journals_bridge_it()
    {
        var single = Plant with { Historians = [new Historian("influx", "edge-2")] };
        var bridged = Plant with { Historians = [new Historian("influx", "edge-2") { Bridged = true }] };

        Assert.Equal("coverage-cut", Coverage(CoverageScene.Open(single, "edge-2")).Code);
        Assert.Equal("coverage-kept", Coverage(CoverageScene.Open(bridged, "edge-2")).Code);
        var behind = CoverageScene.Open(single, "host-a");
        Assert.Equal("coverage-unproven", Coverage(new[] { "g1", "g2" }.Aggregate(behind, (now, gateway) => now.WithDigest(gateway, digest => digest with { UndeliveredMs = 120_000 }))).Code);
    }

    /// <summary>Small random plants with random losses: the gate passes exactly when counting every path by hand says that enough are left.</summary>
    [Fact]
    public void Last_path_is_never_let_go() => Scenes.Sample(
        scene =>
        {
            var open = scene.Open();
            var verdicts = Gate.Evaluate(open).Where(verdict => verdict.Gate == "coverage").ToList();
            var cut = scene.CutByHand();
            return verdicts.TrueForAll(verdict => verdict.Outcome == GateOutcome.Pass) == (cut.Count == 0)
                && verdicts.Where(verdict => verdict.Outcome == GateOutcome.Block).Select(verdict => verdict.Subject).Order().SequenceEqual(cut.Select(tag => tag.Line).Distinct().Order())
                && verdicts.Where(verdict => verdict.Outcome == GateOutcome.Block).All(verdict => verdict.Doubt == cut.Where(tag => tag.Line == verdict.Subject).All(tag => tag.OnlyUnproven));
        },
        iter: 3_000);

    /// <summary>Whatever order they are asked in, hosts that were let go together leave every critical tag its minimum.</summary>
    [Fact]
    public void Releases_one_after_the_other_leave_a_path() => Scenes.Sample(
        scene =>
        {
            var healthy = scene with { Away = [], Silent = [], Blind = [], Gaps = [] };
            foreach (var host in healthy.Plant.Hosts)
            {
                var asked = healthy with { Host = host.Name };
                if (Gate.Evaluate(asked.Open()).Where(verdict => verdict.Gate == "coverage").All(verdict => verdict.Outcome == GateOutcome.Pass))
                    healthy = healthy with { Away = healthy.Away.Add(host.Name) };
            }

            return healthy.Plant.Tags.Where(tag => tag.Critical).All(tag =>
            {
                var paths = TagPaths.Of(healthy.Plant).Where(path => path.Tag == tag.Name).ToList();
                var left = paths.Count(path => !healthy.Away.Any(path.RestsOn));
                return left >= tag.MinimumPaths || left == paths.Count;
            });
        },
        iter: 500);

    private static Verdict Coverage(PlanningSnapshot snapshot) => Gate.Evaluate(snapshot).Single(verdict => verdict.Gate == "coverage");

    private static Gen<Scene> Scenes { get; } =
        from servers in Gen.Int[1, 3]
        from gateways in Gen.Int[1, 3]
        from historians in Gen.Int[0, 2]
        from seed in Gen.Int
        select Scene.Draw(servers, gateways, historians, new Random(seed));

    private sealed record Scene(
        PlantModel Plant, string Host, ImmutableHashSet<string> Away, ImmutableHashSet<string> Silent,
        ImmutableHashSet<(string Gateway, string Server)> Blind, ImmutableHashSet<(string Gateway, string Server, string Tag)> Gaps)
    {
        private static readonly string[] HostNames = ["h1", "h2", "h3", "h4", "h5"];

        public static Scene Draw(int servers, int gateways, int historians, Random random)
        {
            string? AnyHost() => random.Next(4) == 0 ? null : HostNames[random.Next(HostNames.Length)];
            var opc = Enumerable.Range(0, servers).Select(index => CoverageScene.Plant.Servers[0] with { Name = $"s{index}", Host = AnyHost(), Set = null }).ToImmutableArray();
            var names = opc.Select(server => server.Name).ToImmutableArray();
            ImmutableArray<string> Some() => [.. names.Where(_ => random.Next(3) > 0).DefaultIfEmpty(names[0])];
            var lines = new[] { "L1", "L2" }.Select(line => CoverageScene.Plant.Lines.First() with
            {
                Name = line,
                Tags = [.. Enumerable.Range(0, 3).Select(index => CoverageScene.Plant.Tags.First() with
                {
                    Name = $"{line}/T{index}", Line = line, Servers = Some(), Critical = random.Next(4) > 0, MinimumPaths = random.Next(1, 3),
                })],
            }).ToImmutableArray();
            var plant = CoverageScene.Plant with
            {
                Servers = opc,
                RedundancySets = [],
                Gateways = [.. Enumerable.Range(0, gateways).Select(index => new GatewayNode($"g{index}", AnyHost(), Some()))],
                Historians = [.. Enumerable.Range(0, historians).Select(index => new Historian($"i{index}", AnyHost()) { Bridged = random.Next(3) == 0 })],
                Areas = [new Area { Name = "A", Lines = lines }],
                Hosts = [.. HostNames.Select(host => new Host { Name = host, Class = "c", Lines = [] })],
            };
            var host = HostNames[random.Next(HostNames.Length)];
            var pairs = plant.Gateways.SelectMany(gateway => gateway.Servers.Select(server => (gateway.Name, server))).ToList();
            return new Scene(
                plant, host,
                [.. HostNames.Where(name => name != host && random.Next(6) == 0)],
                [.. HostNames.Where(_ => random.Next(8) == 0)],
                [.. pairs.Where(_ => random.Next(8) == 0)],
                [.. pairs.SelectMany(pair => plant.Tags.Where(tag => tag.Servers.Contains(pair.server)).Select(tag => (pair.Name, pair.server, tag.Name))).Where(_ => random.Next(10) == 0)]);
        }

        public PlanningSnapshot Open()
        {
            var open = CoverageScene.Open(Plant, Host);
            open = Away.Aggregate(open, (now, host) => now.WithAway(host));
            open = Silent.Aggregate(open, (now, host) => now with { Evidence = now.Evidence with { Agents = now.Evidence.Agents.SetItem(host, Facts.Doubtful(Facts.Agent(host), Standing.Stale)) } });
            open = Blind.Aggregate(open, (now, pair) => now.WithServer(pair.Gateway, pair.Server, server => server with { NoneObserved = true }));
            return Gaps.Aggregate(open, (now, gap) => now.WithServer(gap.Gateway, gap.Server, server => server with { NotObserved = server.NotObserved.Add(gap.Tag) }));
        }

        /// <summary>Tags with a path on the host that would keep too few, and whether proof alone is missing.</summary>
        public List<(string Line, bool OnlyUnproven)> CutByHand()
        {
            var cut = new List<(string, bool)>();
            foreach (var tag in Plant.Tags.Where(tag => tag.Critical))
            {
                var paths = TagPaths.Of(Plant).Where(path => path.Tag == tag.Name).ToList();
                if (!paths.Exists(path => path.RestsOn(Host)))
                    continue;
                var kept = paths.Where(path => !path.RestsOn(Host) && !Away.Any(path.RestsOn)).ToList();
                var live = kept.Count(path => !Silent.Any(path.RestsOn) && !Blind.Contains((path.Gateway, path.Server)) && !Gaps.Contains((path.Gateway, path.Server, tag.Name)));
                if (live < tag.MinimumPaths)
                    cut.Add((tag.Line, kept.Count >= tag.MinimumPaths));
            }

            return cut;
        }
    }
}
