using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Execution;

/// <summary>Which list of steps a run is in.</summary>
internal enum Course
{
    Forward,
    Back,
}

/// <summary>One run as far as it has come. Immutable; each transition is saved before what it announces is done.</summary>
internal sealed record RunRecord
{
    public required string Run { get; init; }

    public required long Token { get; init; }

    public required string PatchDigest { get; init; }

    /// <summary>As it was installed when the permit was accepted: a later change of the file does not change a run.</summary>
    /// <summary>Lines of the permit, sorted.</summary>
    public ImmutableArray<string> Lines { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The permit as it came, signed (JWS compact), so that what a step starts can verify it for itself; empty in a record of an older agent.</summary>
    public string PermitText { get; init => field = value ?? ""; } = "";

    public required Procedure Procedure { get; init; }

    public Course Course { get; init; }

    /// <summary>Index, in the list of its course, of the step that comes next or that is being run.</summary>
    public int Next { get; init; }

    /// <summary>The step at <see cref="Next"/> was started, and its end is not recorded.</summary>
    public bool Inside { get; init; }

    /// <summary>How many forward steps were ever started.</summary>
    public int Started { get; init; }

    /// <summary>The host's boot in which the step at <see cref="Next"/> was started.</summary>
    public string? Boot { get; init; }

    /// <summary>The command of the step at <see cref="Next"/>, once it is known; what a killed agent leaves behind.</summary>
    public ChildIdentity? Child { get; init; }

    /// <summary>Why the run turned back; empty while it goes forward.</summary>
    public string Cause { get; init; } = "";

    /// <summary>What was last told, or is to be told, to the scheduler.</summary>
    public required RunProgress Progress { get; init; }

    /// <summary>The scheduler has the run's end on record.</summary>
    public bool Acknowledged { get; init; }

    [JsonIgnore]
    public bool IsOver => Progress.Phase.IsFinal();

    /// <summary>Nothing about it is left to do or to tell.</summary>
    [JsonIgnore]
    public bool IsSettled => IsOver && Acknowledged;

    /// <summary>Rollback steps that apply: those whose forward step was started. None when nothing was started.</summary>
    [JsonIgnore]
    public ImmutableArray<Step> Undo => Started == 0 ? [] : [.. Procedure.Rollback.Where(step =>
        step.Undoes is null || Procedure.Steps.Take(Started).Any(started => started.Name == step.Undoes))];

    [JsonIgnore]
    public ImmutableArray<Step> Steps => Course == Course.Forward ? Procedure.Steps : Undo;

    /// <summary>The step at <see cref="Next"/>; null behind the last.</summary>
    [JsonIgnore]
    public Step? Step => Next < Steps.Length ? Steps[Next] : null;

    /// <summary>A run that begins.</summary>
    public static RunRecord Accepted(Permit permit, Procedure procedure, DateTimeOffset at, string text = "") =>
        Begun(permit, procedure, RunPhase.Accepted, at, "") with { PermitText = text };

    /// <summary>A run that never begins, kept until the scheduler knows why.</summary>
    public static RunRecord Refused(Permit permit, string reason, DateTimeOffset at) =>
        Begun(permit, new Procedure { Name = permit.Procedure, Folder = "", Steps = [], Rollback = [] }, RunPhase.Refused, at, reason);

    public RunRecord Awaiting(DateTimeOffset at) => Told(RunPhase.AwaitingGoAhead, at, Step!.Name);

    public RunRecord Entered(string boot, DateTimeOffset at)
    {
        var entered = this with { Inside = true, Boot = boot, Child = null, Started = Course == Course.Forward ? Math.Max(Started, Next + 1) : Started };
        return Course == Course.Forward
            ? entered.Told(RunPhase.StepStarted, at, Step!.Name)
            : entered.Told(RunPhase.RollingBack, at, Step!.Name, detail: Cause);
    }

    public RunRecord Completed(int? exitCode, string output, DateTimeOffset at) =>
        (this with { Inside = false, Boot = null, Child = null, Next = Next + 1 })
            .Told(Course == Course.Forward ? RunPhase.StepCompleted : RunPhase.RollingBack, at, Step!.Name, exitCode, output);

    /// <summary>From here on, the run undoes what it started.</summary>
    /// <param name="cause">Why, for people; the command's output may follow.</param>
    /// <param name="at">UTC.</param>
    /// <param name="exitCode">Of the step that failed.</param>
    public RunRecord TurnedBack(string cause, DateTimeOffset at, int? exitCode = null) =>
        (this with { Course = Course.Back, Next = 0, Inside = false, Boot = null, Child = null, Cause = cause })
            .Told(RunPhase.RollingBack, at, Step?.Name, exitCode, cause);

    public RunRecord Ended(RunPhase phase, DateTimeOffset at, string detail, string? step = null, int? exitCode = null) =>
        (this with { Inside = Inside && phase == RunPhase.Unknown }).Told(phase, at, step, exitCode, detail);

    private static RunRecord Begun(Permit permit, Procedure procedure, RunPhase phase, DateTimeOffset at, string detail) => new()
    {
        Run = permit.Run,
        Token = permit.Token,
        PatchDigest = permit.PatchDigest,
        Lines = permit.Lines,
        Procedure = procedure,
        Progress = new RunProgress
        {
            Run = permit.Run,
            Host = permit.Host,
            Token = permit.Token,
            Sequence = 1,
            At = at,
            Phase = phase,
            Detail = Output.Bounded(detail),
        },
    };

    private RunRecord Told(RunPhase phase, DateTimeOffset at, string? step, int? exitCode = null, string detail = "") => this with
    {
        Progress = Progress with { Sequence = Progress.Sequence + 1, Phase = phase, At = at, Step = step, ExitCode = exitCode, Detail = Output.Bounded(detail) },
    };
}
