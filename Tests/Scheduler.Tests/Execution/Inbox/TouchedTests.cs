using System.Collections.Immutable;
using CsCheck;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Indexes;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Execution.Inbox;

public sealed class TouchedTests
{
    private static readonly RunState[] Living = [RunState.Requested, RunState.Armed, RunState.Held, RunState.Executing, RunState.Quarantined];

    private static readonly Gen<ImmutableArray<RunFacts>> Runs = Gen.Select(Gen.Int[0, 2], Gen.Int[0, Living.Length - 1]).Array[0, 8].Select(chosen => chosen.Select((item, index) =>
    {
        var host = TestPlant.Model.Hosts[item.Item1];
        return Facts.Run($"J{index}.1", host.Name, Living[item.Item2], [.. host.Lines]);
    }).ToImmutableArray());

    /// <summary>Looking only at what a change touches finds every verdict that it changes: whoever is left out judges as before.</summary>
    [Fact]
    public void Runs_that_a_change_does_not_touch_keep_their_verdicts() =>
        Gen.Select(Runs, Gen.Int[0, 2], Gen.Int[0, 2].Select(number => new[] { LineState.Idle, LineState.Active, LineState.Unknown }[number])).Sample((runs, line, state) =>
        {
            var name = TestPlant.Model.Lines.ElementAt(line).Name;
            var before = Facts.Evidence();
            var gateways = PlantIndex.Of(TestPlant.Model).Line(name)!.Gateways;
            var after = gateways.Aggregate(before, (evidence, gateway) => evidence with
            {
                Reports = evidence.Reports.SetItem((name, gateway.Name), Facts.Fresh(Facts.Report(name, gateway.Name, state))),
            });
            var touched = new Touched();
            touched.Add(new EvidenceChange(EvidenceSubject.Line, name));
            var looked = touched.Select(RunIndex.Empty.With([], runs), TestPlant.Model).Select(run => run.Id).ToHashSet();
            return runs.Where(run => !looked.Contains(run.Id)).All(run => Codes(run, runs, before).SequenceEqual(Codes(run, runs, after)));
        });

    [Fact]
    public void Change_of_a_gateway_touches_every_run_on_its_lines()
    {
        var runs = RunIndex.Empty.With([], [Facts.Run("A.1", TestPlant.Hmi, RunState.Armed, TestPlant.Filling), Facts.Run("B.1", TestPlant.Server, RunState.Armed, TestPlant.Filling, TestPlant.Packaging)]);
        var touched = new Touched();
        touched.Add(new EvidenceChange(EvidenceSubject.Gateway, TestPlant.SecondGateway));

        Assert.Equal(["B.1"], touched.Select(runs, TestPlant.Model).Select(run => run.Id));
    }

    [Fact]
    public void Index_after_changes_is_the_index_of_what_is_left() =>
        Gen.Select(Runs, Runs, Gen.Int[0, 7].HashSet[0, 8]).Sample((first, second, gone) =>
        {
            var index = RunIndex.Empty.With([], first).With(gone.Select(number => $"J{number}.1"), second);
            var expected = second.Concat(first.Where(run => !gone.Contains(run.Id[1] - '0') && second.All(other => other.Id != run.Id))).ToList();
            return index.Ordered.Select(run => run.Id).Order().SequenceEqual(expected.Select(run => run.Id).Order())
                && TestPlant.Model.Hosts.All(host => Ids(index.OnHost(host.Name)) == Ids(expected.Where(run => run.Host == host.Name)))
                && TestPlant.Model.Lines.All(line => Ids(index.OnLine(line.Name)) == Ids(expected.Where(run => run.Lines.Contains(line.Name))))
                && Ids(index.Occupying) == Ids(expected.Where(run => run.State.Occupies));
        });

    private static string Ids(IEnumerable<RunFacts> runs) => string.Join(' ', runs.Select(run => $"{run.Id}{run.State}{run.Host}").Order(StringComparer.Ordinal));

    private static List<string> Codes(RunFacts run, ImmutableArray<RunFacts> runs, EvidenceSnapshot evidence) =>
        [.. Gate.Evaluate(Facts.Open with
        {
            Job = Facts.Open.Job with { Host = run.Host },
            Run = run,
            Others = OtherRuns.Of(RunIndex.Empty.With([], runs), run.Id, _ => false),
            Evidence = evidence,
        }).Select(verdict => $"{verdict.Gate} {verdict.Subject} {verdict.Code}")];
}
