using System.Collections.Immutable;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Indexes;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning;

/// <summary>What a hundred thousand hosts cost, by what one host allocates and by how many runs one change looks at: neither depends on the machine.</summary>
public sealed class EvaluationCostTests
{
    [Fact]
    public void A_run_that_is_judged_again_leaves_little_garbage()
    {
        var verdicts = new List<Verdict>();
        for (var i = 0; i < 100; i++)
            Gate.Evaluate(Facts.Open, verdicts);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            Gate.Evaluate(Facts.Open, verdicts);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1_000;

        Assert.Equal(Gate.All.Length, verdicts.Count);
        Assert.InRange(each, 0, 1_000);
    }

    [Fact]
    public void Same_findings_are_one()
    {
        var (first, second) = (Gate.Evaluate(Facts.Open), Gate.Evaluate(Facts.Open with { Now = Facts.Now.AddSeconds(1) }));

        // Only what says a time of its own may differ; the window ends when it did before.
        Assert.All(first.Zip(second), pair => Assert.Same(pair.First.Finding, pair.Second.Finding));
    }

    [Fact]
    public void Copy_of_a_snapshot_with_other_evidence_is_judged_by_that_evidence()
    {
        var open = Facts.Open with { Now = Facts.Now };
        Assert.All(Gate.Evaluate(open), verdict => Assert.Equal(GateOutcome.Pass, verdict.Outcome));

        var active = open with { Evidence = Facts.Evidence(LineState.Active) };

        Assert.Equal("line-active", Assert.Single(Gate.Evaluate(active), verdict => verdict.Outcome == GateOutcome.Block).Code);
    }

    [Fact]
    public void One_lines_change_asks_the_gates_of_the_runs_that_rest_on_it()
    {
        const int hostsPerLine = 10;
        var line = TestPlant.Model.Lines.First();
        var lines = Enumerable.Range(0, 50).Select(number => line with { Name = $"L{number}" }).ToImmutableArray();
        var plant = TestPlant.Model with
        {
            Areas = [new Area { Name = "A", Lines = lines }],
            Hosts = [.. lines.SelectMany((known, number) => Enumerable.Range(0, hostsPerLine).Select(host => new Host
            {
                Name = $"h{number}-{host}", Class = "hmi", Lines = host == 0 ? [known.Name, lines[(number + 1) % lines.Length].Name] : [known.Name],
            }))],
        };
        var runs = RunIndex.Empty.With([], plant.Hosts.Select(host => Facts.Run($"J-{host.Name}.1", host.Name, RunState.Armed, [.. host.Lines])));
        var touched = new Touched();
        touched.Add(new EvidenceChange(EvidenceSubject.Line, "L7"));

        Assert.Equal(hostsPerLine + 1, touched.Select(runs, plant).Count());
    }
}
