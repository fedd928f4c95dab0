namespace PatchEdge.Scheduler.Planning.Gates;

internal sealed class AgentKeyGate : Gate
{
    public override string Name => "agent-key";

    public override string Rule => "The agent pins the key that signs permits.";

    public override string Owner => "IT/OT operations";

    protected override IEnumerable<Verdict> Judge(PlanningSnapshot snapshot)
    {
        var pinned = snapshot.Evidence.Agent(snapshot.Job.Host).Message?.PinnedKey;
        if (pinned is null)
            yield return Block("key-unknown", "unknown", "the agent has not said which key it pins", snapshot.Job.Host, doubt: true);
        else if (pinned != snapshot.Health.SigningKeyThumbprint)
            yield return Block(
                "key-foreign", Words.Short(pinned),
                $"the agent pins another scheduler's key, this one signs with {Words.Short(snapshot.Health.SigningKeyThumbprint)}: give the host this scheduler's public key", snapshot.Job.Host);
        else
            yield return Pass("key-pinned", Words.Short(pinned), "the agent pins this scheduler's key", snapshot.Job.Host);
    }
}
