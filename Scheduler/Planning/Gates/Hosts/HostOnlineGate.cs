namespace PatchEdge.Scheduler.Planning.Gates.Hosts;

internal sealed class HostOnlineGate : RunGate
{
    private readonly Findings<(TimeSpan Age, string? Version)> heard;

    public HostOnlineGate() => heard = new(found => Pass("agent-fresh", $"heard {Words.Span(found.Age)} ago", $"the agent {found.Version} answers"));

    public override string Name => "host-online";

    public override string Rule => "The host's agent is heard live, within its validity, with a sound clock.";

    public override string Owner => "IT/OT operations";

    protected override Verdict Judge(PlanningSnapshot snapshot)
    {
        var agent = snapshot.Agent;
        var found = agent.IsFresh
            ? heard.Of((Rounded(agent.Age), agent.Message!.Version))
            : Block("agent-" + agent.Standing.ToString().ToLowerInvariant(), agent.Standing.ToString(), $"{agent.Doubt}: check the host, its agent and its connection to the broker", doubt: true);
        return found.About(snapshot.Job.Host);
    }

    /// <summary>To tenths of a second, above two of them to seconds: nobody reads more, and what is read is shared.</summary>
    private static TimeSpan Rounded(TimeSpan age)
    {
        var unit = age < TimeSpan.FromSeconds(2) ? TimeSpan.TicksPerSecond / 10 : TimeSpan.TicksPerSecond;
        return new TimeSpan(age.Ticks / unit * unit);
    }
}
