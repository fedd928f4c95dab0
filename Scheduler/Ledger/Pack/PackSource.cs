using System.Collections.Immutable;
using System.Text.Json.Nodes;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Ledger.Heads;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>Everything that a pack is made of, as read from the scheduler's files.</summary>
internal sealed record PackSource
{
    public required string Site { get; init; }

    public required string Run { get; init; }

    public required string Job { get; init; }

    public required string Host { get; init; }

    public required ImmutableArray<string> Lines { get; init; }

    /// <summary>Hash of the plant model that names the lines' tags.</summary>
    public required string PlantHash { get; init; }

    /// <summary>State of the run when the pack was made.</summary>
    public required string State { get; init; }

    public required string PatchName { get; init; }

    public required string PatchDigest { get; init; }

    public required string Procedure { get; init; }

    /// <summary>Hash of the job's content, which approvals sign.</summary>
    public required string ContentHash { get; init; }

    /// <summary>The span that continuity is shown for, UTC in whole milliseconds.</summary>
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>By rising index; without holes when <see cref="IsWhole"/>.</summary>
    public required ImmutableArray<LedgerEntry> Entries { get; init; }

    /// <summary>Every entry between the first and the last is there, so that none can have been left out.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>Indexes of the entries that the run, its job or the whole site made.</summary>
    public required ImmutableArray<long> Related { get; init; }

    /// <summary>By rising size.</summary>
    public required ImmutableArray<SignedHead> Heads { get; init; }

    /// <summary>Proof that each entry of <see cref="Related"/>, and the last of all, is in the last head.</summary>
    public required ImmutableArray<(long Index, IReadOnlyList<byte[]> Path)> Inclusion { get; init; }

    /// <summary>Proof from each head to the next.</summary>
    public required ImmutableArray<(long From, long To, IReadOnlyList<byte[]> Path)> Consistency { get; init; }

    public required ImmutableArray<StoredGap> Gaps { get; init; }

    public required ImmutableArray<StoredAttestation> Attestations { get; init; }

    public required ImmutableArray<LineChange> Changes { get; init; }

    public required ImmutableArray<TagCoverage> Coverage { get; init; }

    /// <summary>Messages of gateways that the scheduler could not keep in the span; above zero, coverage is at most what is said.</summary>
    public required long Lost { get; init; }

    public required string PublicPem { get; init; }

    public required string KeyThumbprint { get; init; }

    public JsonObject About() => new()
    {
        ["site"] = Site,
        ["run"] = Run,
        ["job"] = Job,
        ["host"] = Host,
        ["lines"] = new JsonArray([.. Lines.Select(line => (JsonNode)line)]),
        ["plant"] = PlantHash,
        ["state"] = State,
        ["from"] = PackText.Time(From),
        ["to"] = PackText.Time(To),
        ["size"] = Heads[^1].Size,
        ["root"] = Heads[^1].Root,
        ["whole"] = IsWhole,
        ["lost"] = Lost,
    };
}
