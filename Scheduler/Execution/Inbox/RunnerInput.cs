using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Execution.Inbox;

/// <summary>Something the runner must look at. The runner takes them one after the other, so nothing else guards a run.</summary>
internal abstract record RunnerInput
{
    /// <summary>The alarm clock rang for a run, or something happened that may open a gate.</summary>
    public sealed record Wake : RunnerInput
    {
        public static readonly Wake Now = new();
    }

    /// <summary>Time passes: look at deadlines.</summary>
    public sealed record Tick : RunnerInput
    {
        public static readonly Tick Now = new();
    }

    public sealed record PermitAsked(PermitRequest Request) : RunnerInput;

    public sealed record GoAheadAsked(GoAheadRequest Request) : RunnerInput;

    public sealed record HoldAnswered(HoldReply Reply) : RunnerInput;

    /// <summary>A gateway gives back the head of most entries that it has seen.</summary>
    public sealed record HeadSeen(string Gateway, string Token) : RunnerInput;

    public sealed record Progressed(RunProgress Progress) : RunnerInput;

    /// <summary>A person, or a job file, wants something; the task tells how it ended.</summary>
    public sealed record Asked(Order Order, TaskCompletionSource<OrderResult> Answer) : RunnerInput;
}
