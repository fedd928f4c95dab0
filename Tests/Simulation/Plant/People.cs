using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>They ask for patches, look at hosts whose run is quarantined and, once nothing goes on there any more, sign; now and then one stops a run.</summary>
internal sealed class People(World world, SimulatedScheduler scheduler, IReadOnlyList<SimulatedHost> hosts, Mutant mutant, Observer observer)
{
    private static readonly string[] Names = ["Ann", "Bob"];

    private readonly Dictionary<string, HashSet<string>> hands = [];
    private readonly Dictionary<string, JobDraft> asked = [];
    private readonly Dictionary<string, JobDraft> unheard = [];
    private int jobs;

    /// <summary>Nobody stops anything when it is false.</summary>
    public bool StopRuns { get; set; } = true;

    /// <summary>Something was asked for that is not on record yet.</summary>
    public bool AreUnheard => unheard.Count > 0;

    /// <summary>A patch is asked for and approved.</summary>
    public void Ask(string host, string procedure)
    {
        var draft = new JobDraft
        {
            Id = $"J{++jobs}-{host}", Host = host, Procedure = procedure, PatchName = "Update", PatchDigest = new string('d', 64),
            Priority = world.Random.Next(3), RequestedBy = "Ann",
        };
        asked[draft.Id] = draft;
        unheard[draft.Id] = draft;
        Add(draft);
    }

    public void Look(List<StoredRun> runs)
    {
        // Who finds that nobody knows of the patch asks for it again.
        if (unheard.Count > 0)
            foreach (var run in scheduler.AllRuns())
                unheard.Remove(run.JobId);
        foreach (var draft in unheard.Values)
            Add(draft);
        // An approval that a crash swallowed is given again.
        foreach (var run in runs.Where(run => run.State == "Requested" && asked.ContainsKey(run.JobId)))
            Approve(asked[run.JobId]);
        foreach (var run in runs.Where(run => run.State == "Quarantined"))
            if (mutant == Mutant.Unseen || IsStill(run))
                foreach (var name in Names)
                    Sign(run, name);
        foreach (var run in runs.Where(run => StopRuns && run.State is "Held" or "Released" or "Executing"))
            if (world.Chance(0.02))
                scheduler.Ask(new Order.Withdraw(run.JobId, RunState.Revoked, "not today", "Ann"));
        foreach (var run in hands.Keys.Where(id => !runs.Exists(run => run.Id == id && run.State == "Quarantined")).ToList())
        {
            if (scheduler.AllRuns().Find(known => known.Id == run) is { } over && over.Reason.StartsWith("settled by", StringComparison.Ordinal))
                observer.JudgeSettled(run, hands[run].Count);
            hands.Remove(run);
        }
    }

    private void Add(JobDraft draft)
    {
        scheduler.Ask(new Order.Add(draft, "story", "Ann"));
        Approve(draft);
    }

    private void Approve(JobDraft draft) =>
        scheduler.Ask(new Order.Approve(draft.Id, "", "Bob", Signature("Bob", SignatureMeanings.Approval, draft.ContentHash)));

    /// <summary>What leaves a page after name and password were right.</summary>
    private static SignatureRecord Signature(string by, string meaning, string covers) => new(by, meaning, covers, 2);

    private bool IsStill(StoredRun run)
    {
        var host = hosts.First(host => run.JobId.EndsWith("-" + host.Name, StringComparison.Ordinal));
        return !host.Acting.Any() && host.Known?.Run is null or { IsOver: true };
    }

    private void Sign(StoredRun run, string name)
    {
        if (!hands.TryGetValue(run.Id, out var signed))
            hands[run.Id] = signed = [];
        signed.Add(mutant == Mutant.OneHand ? Names[0] : name);
        scheduler.Ask(new Order.Settle(
            run.JobId, RunState.Aborted, "looked", name, Signature(name, SignatureMeanings.Responsibility, SignedContent.Settling(run.Id, RunState.Aborted))));
    }
}
