using PatchEdge.Plant.Continuity;

namespace PatchEdge.Simulator.Tests.RealProcesses.Judging;

/// <summary>A span of a tag in which evidence was missing, as what happened tells.</summary>
/// <param name="What">Fault, or loss.</param>
/// <param name="From">From here on the record must have a gap; null when it need not have one.</param>
/// <param name="To">Up to here.</param>
/// <param name="MayFrom">From here on it may have one: the last message before.</param>
/// <param name="MayTo">Up to here: the first evidence after.</param>
/// <param name="Causes">What it may be called.</param>
internal sealed record TrueSpan(string What, DateTime? From, DateTime? To, DateTime MayFrom, DateTime MayTo, params GapCause[] Causes)
{
    /// <summary>Whether it counts as found or missed.</summary>
    public bool IsDue => From < To && !IsAccident && !IsStart;

    /// <summary>Before the gateway's first evidence, nobody did anything to anyone.</summary>
    public bool IsStart { get; init; }

    /// <summary>The machine did it, nobody asked for it: a true loss all the same.</summary>
    public bool IsAccident { get; init; }

    public bool Must(DateTime at) => From <= at && at < To;

    public bool May(DateTime at) => MayFrom <= at && at < MayTo;

    public override string ToString() => $"{What} {(From < To ? $"{From:HH:mm:ss.fff}–{To:HH:mm:ss.fff} " : "")}(may {MayFrom:HH:mm:ss.fff}–{MayTo:HH:mm:ss.fff})";
}
