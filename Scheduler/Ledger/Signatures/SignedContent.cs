using System.Text.Json.Nodes;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;

namespace PatchEdge.Scheduler.Ledger.Signatures;

/// <summary>What a signature covers, where it is not a job's content.</summary>
internal static class SignedContent
{
    /// <summary>SHA-256 (lower-case hex) of the statement that a quarantined run ended so.</summary>
    public static string Settling(string run, RunState settled) =>
        LedgerBook.Hash(CanonicalJson.Write(new JsonObject { ["run"] = run, ["settledAs"] = settled.ToString() }));

    /// <summary>SHA-256 (lower-case hex) of the statement that somebody stands by a line for a run, breaks the glass for it, or accepts a gap, for so many minutes.</summary>
    /// <param name="run">The one attempt that it is about.</param>
    /// <param name="kind">What is signed.</param>
    /// <param name="line">Empty for a break-glass.</param>
    /// <param name="minutes">For how long.</param>
    /// <param name="gap">What may be lost of the record; null when nothing.</param>
    public static string Waiving(string run, WaiverKind kind, string line, int minutes, GapBudget? gap = null)
    {
        var content = new JsonObject { ["run"] = run, ["waiver"] = kind.ToString(), ["line"] = line, ["minutes"] = minutes };
        if (gap is not null)
            content["gap"] = gap.Write();
        return LedgerBook.Hash(CanonicalJson.Write(content));
    }

    /// <summary>SHA-256 (lower-case hex) of the statement that somebody has looked at so many failures of a campaign, which may go on.</summary>
    public static string Resuming(string campaign, int failures) =>
        LedgerBook.Hash(CanonicalJson.Write(new JsonObject { ["campaign"] = campaign, ["failuresAccepted"] = failures }));
}
