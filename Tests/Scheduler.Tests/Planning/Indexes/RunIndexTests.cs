using System.Collections.Immutable;
using CsCheck;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Indexes;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Planning.Indexes;

/// <summary>Short cuts to a run's host save a search, and can say nothing but what the search says.</summary>
public sealed class RunIndexTests
{
    private static readonly PlantIndex Index = PlantIndex.Of(TestPlant.Model);

    [Fact]
    public void Index_made_for_a_plant_has_the_same_runs_on_every_host_and_line() =>
        Gen.Select(Gen.Int[0, 3].Array[0, 6], Gen.Int[0, 5].Array[0, 6]).Sample((hosts, gone) =>
        {
            // The last host is none of the plant's.
            RunFacts[] runs = [.. hosts.Select((host, number) => host < TestPlant.Model.Hosts.Length ? On(number, TestPlant.Model.Hosts[host].Name, [.. TestPlant.Model.Hosts[host].Lines]) : On(number, "nowhere", ["no-line"]))];
            string[] over = [.. gone.Select(number => $"J{number}.1")];
            var (plain, placed) = (RunIndex.Empty.With([], runs).With(over, []), RunIndex.For(Index).With([], runs).With(over, []));
            return TestPlant.Model.Hosts.Select(host => host.Name).Append("nowhere").All(host => placed.OnHost(host).SequenceEqual(plain.OnHost(host)))
                && TestPlant.Model.Hosts.All(host => placed.OnHost(Index.Host(host.Name)!).SequenceEqual(plain.OnHost(Index.Host(host.Name)!)))
                && TestPlant.Model.Lines.All(line => placed.OnLine(Index.Line(line.Name)!).SequenceEqual(plain.OnLine(line.Name)))
                && placed.OnLine("no-line").SequenceEqual(plain.OnLine("no-line"));
        });

    [Fact]
    public void Place_of_another_host_or_plant_is_not_believed()
    {
        var server = Facts.Open with { Job = Facts.Open.Job with { Host = TestPlant.Server }, Run = Facts.Open.Run with { Place = Index.Host(TestPlant.Hmi) } };
        Assert.Equal(TestPlant.Server, server.Host!.Name);

        var elsewhere = TestPlant.Model with { Hosts = [.. TestPlant.Model.Hosts.Where(host => host.Name != TestPlant.Hmi)] };
        var removed = Facts.Open with { Plant = elsewhere, Run = Facts.Open.Run with { Place = Index.Host(TestPlant.Hmi) } };
        Assert.Null(removed.Host);
        Assert.Contains(Gate.Evaluate(removed), verdict => verdict.Code == "host-unknown");
    }

    [Fact]
    public void Agent_is_found_wherever_its_host_stands()
    {
        var (first, last) = (TestPlant.Model.Hosts[0].Name, TestPlant.Model.Hosts[^1].Name);
        var turned = TestPlant.Model with { Hosts = [.. TestPlant.Model.Hosts.Reverse()] };
        var board = new EvidenceBoard(TestPlant.Model, TimeSpan.FromSeconds(2), TimeProvider.System);
        board.Take(Facts.Agent(first), retained: false);
        var evidence = board.Snapshot();

        // Numbers of one plant, evidence in the order of another.
        Assert.Equal(first, evidence.Agent(PlantIndex.Of(turned).Host(first)!).Message?.Host);
        Assert.Null(evidence.Agent(PlantIndex.Of(turned).Host(last)!).Message);
    }

    private static RunFacts On(int number, string host, string[] lines) => Facts.Run($"J{number}.1", host, RunState.Armed, lines) with { Place = Index.Host(host) };
}
