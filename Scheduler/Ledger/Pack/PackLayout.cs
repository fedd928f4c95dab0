namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>What lies in an evidence pack, in this order.</summary>
internal static class PackLayout
{
    public const string Format = "patchedge-pack/1";

    /// <summary>Names, sizes and SHA-256 of all that follows but the seal, and what the pack is about.</summary>
    public const string Manifest = "manifest.json";

    /// <summary>The manifest's hash, signed by the scheduler's key; see <see cref="PackSeal"/>.</summary>
    public const string Seal = "seal.jws";

    /// <summary>The public key (PEM).</summary>
    public const string Key = "keys/scheduler.pub.pem";

    /// <summary>One entry of the ledger on each line, exactly as its leaf was hashed.</summary>
    public const string Entries = "ledger/entries.jsonl";

    /// <summary>One signed head on each line, by rising size; the last is the one that everything is proven against.</summary>
    public const string Heads = "ledger/heads.txt";

    /// <summary>Inclusion proofs of the entries that the run and its job made, and consistency proofs from each head to the next.</summary>
    public const string Proofs = "ledger/proofs.json";

    public const string Gaps = "continuity/gaps.jsonl";

    /// <summary>Attestations as they were sent: each one's hash is in the next.</summary>
    public const string Attestations = "continuity/attestations.jsonl";

    public const string Lines = "continuity/lines.jsonl";

    /// <summary>Coverage of each tag, with the sources that it was added up from.</summary>
    public const string Coverage = "continuity/coverage.json";

    public const string Html = "report.html";

    public const string Pdf = "report.pdf";

    public static readonly string[] Files = [Key, Entries, Heads, Proofs, Gaps, Attestations, Lines, Coverage, Html, Pdf];
}
