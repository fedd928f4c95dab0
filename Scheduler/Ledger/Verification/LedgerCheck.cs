using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace PatchEdge.Scheduler.Ledger.Verification;

/// <param name="From">Entries before the first that was walked: 0 when all were. A signed head vouches for them.</param>
/// <param name="Entries">How many entries hold together.</param>
/// <param name="Head">Hash of the last of them.</param>
/// <param name="Root">Hash of their tree.</param>
/// <param name="Fault">What is wrong behind them; null when nothing is.</param>
/// <param name="Reopened">Spans that people declared lost, so that heads from before are not held against what stands there now.</param>
internal sealed record LedgerCheck(long From, long Entries, string Head, string Root, string? Fault, ImmutableArray<LostSpan> Reopened);

/// <summary>Entries that were lost with a database, as <c>ledger reopen</c> put on record.</summary>
/// <param name="From">Index of the first.</param>
/// <param name="To">Index of the last.</param>
internal sealed record LostSpan(long From, long To)
{
    public bool Contains(long index) => index >= From && index <= To;

    /// <summary>Null when the entry does not say.</summary>
    public static LostSpan? Of(JsonNode? after) => (long?)after?["lostFrom"] is { } from && (long?)after["lostTo"] is { } to ? new LostSpan(from, to) : null;

    public JsonObject Write() => new() { ["lostFrom"] = From, ["lostTo"] = To };
}
