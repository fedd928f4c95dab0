namespace PatchEdge.Scheduler.Planning.Gates.Hosts;

internal sealed class AgentKeyGate : RunGate
{
    private readonly Finding unknown;
    private readonly Findings<string> pinned;
    private readonly Findings<(string Pinned, string Ours)> foreign;

    public AgentKeyGate()
    {
        unknown = Block("key-unknown", "unknown", "the agent has not said which key it pins", doubt: true);
        pinned = new(key => Pass("key-pinned", Words.Short(key), "the agent pins this scheduler's key"));
        foreign = new(keys => Block(
            "key-foreign", Words.Short(keys.Pinned), $"the agent pins another scheduler's key, this one signs with {Words.Short(keys.Ours)}: give the host this scheduler's public key"));
    }

    public override string Name => "agent-key";

    public override string Rule => "The agent pins the key that signs permits.";

    public override string Owner => "IT/OT operations";

    protected override Verdict Judge(PlanningSnapshot snapshot) => Found(snapshot).About(snapshot.Job.Host);

    private Finding Found(PlanningSnapshot snapshot)
    {
        var ours = snapshot.Health.SigningKeyThumbprint;
        return snapshot.Agent.Message?.PinnedKey switch
        {
            null => unknown,
            var key when key == ours => pinned.Of(ours),
            var key => foreign.Of((key, ours)),
        };
    }
}
