using System.Collections.Immutable;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Plant.Lines;

/// <summary>What was concluded about a line at one moment, and all that the next conclusion needs to know of it.</summary>
/// <remarks>Never load one from disk: after a restart the line is unknown until fresh evidence arrives.</remarks>
public sealed record LineEvaluation
{
    public required string Line { get; init; }

    /// <summary>Hash of the plant model that it was concluded with; another hash starts the dwell anew.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>The moment concluded about, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    public required LineState State { get; init; }

    /// <summary>Since when the state has been this one.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Since when every condition has held on unbroken evidence; null when one does not. Never before the first evaluation that saw it.</summary>
    public DateTimeOffset? HoldsSince { get; init; }

    /// <summary>When a settling line will be idle if nothing changes; null in other states.</summary>
    public DateTimeOffset? ExpectedIdleAt { get; init; }

    /// <summary>Every condition's evidence reaches at least to here; null when one has none.</summary>
    public DateTimeOffset? ProvenUntil { get; init; }

    /// <summary>The batch on the line; empty when it is proven that there is none; null when unknown or not configured.</summary>
    public string? Batch { get; init; }

    /// <summary>Token of the hold in force, as the line's controller shows it; 0 when it is proven to be free; null when unknown or not configured.</summary>
    public long? HeldToken { get; init; }

    /// <summary>One sentence for an operator: why this state.</summary>
    public required string Reason { get; init; }

    /// <summary>Every condition in the rule's order, then the proof that each server owes.</summary>
    public required ImmutableArray<ConditionReport> Conditions { get; init; }

    /// <summary>Largest offset, either way, of the servers' clocks; null when one that is needed was not measured.</summary>
    public TimeSpan? ClockOffset { get; init; }

    /// <summary>By tag name, the joined cover of tags that have several sources.</summary>
    internal ImmutableDictionary<string, TagCover> Covers { get; init; } = ImmutableDictionary<string, TagCover>.Empty;

    /// <summary>The same as a message.</summary>
    /// <param name="site">The plant's site.</param>
    /// <param name="gateway">Who concluded it.</param>
    /// <param name="boot">See <see cref="LineReport.Boot"/>.</param>
    /// <param name="sequence">See <see cref="LineReport.Sequence"/>.</param>
    /// <param name="validFor">How long it may be relied on.</param>
    public LineReport ToReport(string site, string gateway, string boot, long sequence, TimeSpan validFor) => new()
    {
        Site = site,
        Line = Line,
        Gateway = gateway,
        Boot = boot,
        Sequence = sequence,
        At = At,
        ValidForMs = (int)validFor.TotalMilliseconds,
        State = State,
        Since = Since,
        ExpectedIdleAt = ExpectedIdleAt,
        ProvenUntil = ProvenUntil,
        Batch = Batch,
        HeldToken = HeldToken,
        Reason = Reason,
        Conditions = Conditions,
        ClockOffsetMs = ClockOffset?.TotalMilliseconds,
        ConfigurationHash = ConfigurationHash,
    };
}
