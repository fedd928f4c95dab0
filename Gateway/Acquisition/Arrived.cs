using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Stage;
using PatchEdge.Gateway.Repair;
using PatchEdge.OpcUa.Client;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>Something that reached the gateway, on its way to the fold.</summary>
/// <param name="At">When it arrived.</param>
internal abstract record Arrived(Moment At)
{
    /// <summary>Values of one notification message. Its memory is on loan until <see cref="SubscriptionIntake.Release"/>.</summary>
    /// <param name="At">When it arrived.</param>
    /// <param name="Subscription">Index in <see cref="ContinuityMap.Subscriptions"/>.</param>
    /// <param name="Change">The message.</param>
    /// <param name="Intake">Whom to give the memory back to.</param>
    public sealed record Values(Moment At, int Subscription, DataChange Change, SubscriptionIntake Intake) : Arrived(At);

    /// <summary>What changes evidence and carries no values.</summary>
    public sealed record Event(Moment At, ContinuityEvent Change) : Arrived(At);

    /// <summary>A subscription is in place.</summary>
    /// <param name="At">When it was.</param>
    /// <param name="Subscription">Index in <see cref="ContinuityMap.Subscriptions"/>.</param>
    /// <param name="KeepAlive">The longest silence that the server may keep, as revised.</param>
    public sealed record Subscribed(Moment At, int Subscription, TimeSpan KeepAlive) : Arrived(At);

    /// <summary>Gaps were looked up in a server's history.</summary>
    /// <param name="At">When the answer came.</param>
    /// <param name="Outcomes">What they have become.</param>
    /// <param name="Taken">Receives the task that completes when all of it is durable.</param>
    public sealed record LookedUp(Moment At, IReadOnlyList<RepairOutcome> Outcomes, TaskCompletionSource<Task> Taken) : Arrived(At);

    /// <summary>Another plant file is in force from here on.</summary>
    /// <param name="At">Since when the journal counts what is new as watched.</param>
    /// <param name="Next">What is watched from now on.</param>
    /// <param name="Step">How that differs from before.</param>
    /// <param name="Taken">Set when it is so.</param>
    public sealed record Revised(Moment At, StageInput Next, SourceRevision Step, TaskCompletionSource Taken) : Arrived(At);

    /// <summary>Whether the newest plant file is in force.</summary>
    /// <param name="At">When.</param>
    /// <param name="Trouble">Why not; null when it is.</param>
    public sealed record Configured(Moment At, string? Trouble) : Arrived(At);

    /// <summary>What a server says of itself, and how the connection stands.</summary>
    public sealed record Facts(Moment At, int Server, ServerFacts Known) : Arrived(At);
}

/// <summary>How a server and the connection to it stand.</summary>
/// <param name="Connection">As the client calls it.</param>
/// <param name="State">ServerState by name; null when it was not read.</param>
/// <param name="StateReadAt">When the answer to that was asked for: it was so at least then.</param>
/// <param name="ClockOffset">Server's clock minus ours; null when not measured lately.</param>
/// <param name="Monitored">Items that the server monitors.</param>
/// <param name="Rejected">Items that the server refused.</param>
/// <param name="Reconnects">Connections made anew since the start.</param>
internal sealed record ServerFacts(
    string Connection, string? State, Moment? StateReadAt, TimeSpan? ClockOffset, int Monitored, int Rejected, long Reconnects)
{
    public static ServerFacts Unknown { get; } = new("Disconnected", null, null, null, 0, 0, 0);
}
