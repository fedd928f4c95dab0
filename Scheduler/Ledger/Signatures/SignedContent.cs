using System.Text.Json.Nodes;
using PatchEdge.Scheduler.Execution;

namespace PatchEdge.Scheduler.Ledger.Signatures;

/// <summary>What a signature covers, where it is not a job's content.</summary>
internal static class SignedContent
{
    /// <summary>SHA-256 (lower-case hex) of the statement that a quarantined run ended so.</summary>
    public static string Settling(string run, RunState settled) =>
        LedgerBook.Hash(CanonicalJson.Write(new JsonObject { ["run"] = run, ["settledAs"] = settled.ToString() }));
}
