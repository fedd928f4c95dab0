using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>Verifies a pack with nothing but its bytes, a public key, and heads from elsewhere. Takes any bytes from anyone; never throws for what they contain.</summary>
internal sealed class PackVerifier
{
    private const int LargestManifest = 64 * 1024;
    private const int LargestProofs = 64 * 1024 * 1024;
    private const int MostLines = 500_000;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private readonly List<string> faults = [];
    private readonly List<string> findings = [];
    private readonly List<string> warnings = [];
    private readonly Dictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);

    private PackVerifier()
    {
    }

    /// <param name="file">The pack.</param>
    /// <param name="pinned">The key that must have signed it (PEM); null takes the pack's own, which proves only that nothing was changed by accident.</param>
    /// <param name="anchors">Heads that were kept elsewhere, given a reader for the key; null when there are none.</param>
    public static PackVerdict Verify(ReadOnlyMemory<byte> file, string? pinned, Func<HeadReader, AnchoredHeads>? anchors = null)
    {
        var verifier = new PackVerifier();
        try
        {
            verifier.Run(file, pinned, anchors);
        }
        catch (Exception exception) when (exception is PackException or JsonException or FormatException or InvalidOperationException or ArgumentException or OverflowException or DecoderFallbackException)
        {
            verifier.faults.Add(exception.Message);
        }

        return new PackVerdict([.. verifier.faults], verifier.faults.Count == 0 ? [.. verifier.findings] : [], [.. verifier.warnings]);
    }

    private void Run(ReadOnlyMemory<byte> file, string? pinned, Func<HeadReader, AnchoredHeads>? anchors)
    {
        if (file.Length > StoredZip.LargestFile)
            throw new PackException($"it is larger than {StoredZip.LargestFile >> 20} MiB, which no pack is");
        foreach (var (name, content) in StoredZip.Read(file))
            files[name] = content;
        string[] expected = [PackLayout.Manifest, PackLayout.Seal, .. PackLayout.Files];
        if (!files.Keys.SequenceEqual(expected))
            throw new PackException($"it does not hold what a pack holds, in order: {string.Join(", ", expected)}");
        var manifest = ReadManifest();
        using var key = ReadKey(pinned);
        CheckSeal(manifest, key);
        CheckFiles(manifest);
        // What follows rests on contents that are now known to be those that were sealed.
        if (faults.Count > 0)
            return;
        var heads = CheckHeads(manifest, key);
        var entries = CheckEntries(manifest);
        if (faults.Count > 0)
            return;
        CheckProofs(heads, entries, (bool?)manifest["whole"] ?? false);
        CheckContinuity(manifest);
        if (anchors is not null)
            CheckAnchors(heads, anchors(key));
    }

    private JsonObject ReadManifest()
    {
        var bytes = files[PackLayout.Manifest];
        if (bytes.Length > LargestManifest)
            throw new PackException($"{PackLayout.Manifest} is larger than any manifest");
        var manifest = JsonNode.Parse(bytes.Span, documentOptions: Strict) as JsonObject ?? throw new PackException($"{PackLayout.Manifest} is no JSON object");
        if (!Encoding.UTF8.GetBytes(CanonicalJson.Write(manifest)).AsSpan().SequenceEqual(bytes.Span))
            throw new PackException($"{PackLayout.Manifest} is not in canonical form: it was changed");
        var format = (string?)manifest["format"];
        return format == PackLayout.Format ? manifest : throw new PackException($"its format is {format}, this program knows {PackLayout.Format}: use the program that wrote it");
    }

    private HeadReader ReadKey(string? pinned)
    {
        var own = HeadReader.Of(Encoding.ASCII.GetString(files[PackLayout.Key].Span));
        if (pinned is null)
        {
            warnings.Add($"No key was given, so the pack's own was used ({own.Thumbprint}). Whoever could forge a pack could put their own key into it: "
                + "compare this thumbprint with the one that the agents pin, or give --key with a public key from a place of your own.");
            return own;
        }

        var given = HeadReader.Of(pinned);
        if (given.Thumbprint != own.Thumbprint)
            faults.Add($"it was signed with the key {own.Thumbprint}, not with the given one ({given.Thumbprint})");
        own.Dispose();
        return given;
    }

    private void CheckSeal(JsonObject manifest, HeadReader key)
    {
        var token = Encoding.ASCII.GetString(files[PackLayout.Seal].Span);
        if (!SignedToken.TryVerify(token, SignedToken.PackType, key.Key, PackJson.Default.PackSeal, out var seal, out var refusal))
            faults.Add($"the seal does not verify: {refusal}");
        else if (!IsCanonical(token))
            faults.Add("the seal is not written as it was signed");
        else if (seal!.Manifest != Digest(PackLayout.Manifest) || seal.Run != (string?)manifest["run"] || seal.Site != (string?)manifest["site"])
            faults.Add("the seal is of another manifest: the manifest was changed");
    }

    private void CheckFiles(JsonObject manifest)
    {
        var listed = (manifest["files"] as JsonArray)?.Select(file => ((string?)file?["name"], (long?)file?["bytes"], (string?)file?["sha256"])).ToList() ?? [];
        if (!listed.Select(file => file.Item1).SequenceEqual(PackLayout.Files))
            throw new PackException($"{PackLayout.Manifest} does not list the files of the pack");
        foreach (var (name, bytes, digest) in listed)
            if (files[name!].Length != bytes || Digest(name!) != digest)
                faults.Add($"{name} is not what the manifest says: it was changed");
        findings.Add($"Every byte is as it was sealed for run {Show(manifest["run"])} of site {Show(manifest["site"])}.");
    }

    private List<LedgerHead> CheckHeads(JsonObject manifest, HeadReader key)
    {
        var heads = new List<LedgerHead>();
        foreach (var token in Lines(PackLayout.Heads))
        {
            if (!IsCanonical(token) || key.Read(token) is not { } head || head.Site != (string?)manifest["site"] || head.Root.Length != 64)
                throw new PackException($"head {heads.Count + 1} was not signed by the key");
            if (heads.Count > 0 && head.Size <= heads[^1].Size)
                throw new PackException($"head {heads.Count + 1} does not come after the one before it");
            heads.Add(head);
        }

        if (heads.Count == 0 || heads[^1].Size != (long?)manifest["size"] || heads[^1].Root != (string?)manifest["root"])
            throw new PackException("the last head is not the one that the manifest names");
        findings.Add($"{heads.Count} signed heads, the last of {heads[^1].Size} entries at {heads[^1].At:yyyy-MM-dd HH:mm:ss} UTC.");
        return heads;
    }

    private SortedDictionary<long, byte[]> CheckEntries(JsonObject manifest)
    {
        var leaves = new SortedDictionary<long, byte[]>();
        var whole = (bool?)manifest["whole"] ?? false;
        (long Index, string Hash)? before = null;
        foreach (var line in Lines(PackLayout.Entries))
        {
            var entry = JsonNode.Parse(line, documentOptions: Strict)!;
            var index = PackText.Number(entry["index"]);
            var leaf = TreeHash.Leaf(line);
            if (before is { } last && index <= last.Index)
                throw new PackException($"entry {index} does not come after entry {last.Index}");
            if (before is { } previous && whole && index != previous.Index + 1)
                faults.Add($"entries {previous.Index + 1} to {index - 1} are missing");
            if (before is { } next && index == next.Index + 1 && (string?)entry["previous"] != next.Hash)
                faults.Add($"entry {index} does not follow entry {next.Index}");
            leaves[index] = leaf;
            before = (index, Convert.ToHexStringLower(leaf));
        }

        if (leaves.Count == 0)
            throw new PackException("it holds no entry");
        findings.Add($"{leaves.Count} entries of the ledger, {leaves.Keys.First()} to {leaves.Keys.Last()}{(whole ? ", none missing between them" : "")}.");
        return leaves;
    }

    private void CheckProofs(List<LedgerHead> heads, SortedDictionary<long, byte[]> leaves, bool isWhole)
    {
        var bytes = files[PackLayout.Proofs];
        if (bytes.Length > LargestProofs)
            throw new PackException($"{PackLayout.Proofs} is larger than any proofs");
        var proofs = JsonNode.Parse(bytes.Span, documentOptions: Strict)!;
        var root = Convert.FromHexString(heads[^1].Root);
        var proven = new HashSet<long>();
        foreach (var proof in proofs["inclusion"] as JsonArray ?? [])
        {
            var index = PackText.Number(proof?["index"]);
            if (!leaves.TryGetValue(index, out var leaf) || !TreeVerifier.Includes(index - 1, leaf, heads[^1].Size, root, Path(proof!)))
                faults.Add($"entry {index} is not proven to be in the ledger of the last head");
            proven.Add(index);
        }

        if (!isWhole && leaves.Keys.FirstOrDefault(index => !proven.Contains(index)) is > 0 and var unproven)
            faults.Add($"entry {unproven} is not proven to be in the ledger");
        if (!proven.Contains(leaves.Keys.Last()))
            faults.Add("the last entry is not proven to be in the ledger");
        var steps = (proofs["consistency"] as JsonArray ?? []).Select(proof => (PackText.Number(proof?["from"]), PackText.Number(proof?["to"]), Path(proof!))).ToList();
        if (steps.Count != heads.Count - 1)
            faults.Add("there is not one consistency proof between each two heads");
        for (var i = 0; i < Math.Min(steps.Count, heads.Count - 1); i++)
            if (steps[i].Item1 != heads[i].Size || steps[i].Item2 != heads[i + 1].Size
                || !TreeVerifier.Extends(heads[i].Size, Convert.FromHexString(heads[i].Root), heads[i + 1].Size, Convert.FromHexString(heads[i + 1].Root), steps[i].Item3))
                faults.Add($"the head of {heads[i + 1].Size} entries does not continue the head of {heads[i].Size}: the ledger was rewritten between them");
        findings.Add($"{proven.Count} entries are proven to be in the ledger, and each head continues the one before it.");
    }

    private void CheckContinuity(JsonObject manifest)
    {
        var gaps = Lines(PackLayout.Gaps).Select(line => PackText.Gap(JsonNode.Parse(line, documentOptions: Strict)!)).ToList();
        var attestations = Lines(PackLayout.Attestations).Select(line => PackText.Attestation(JsonNode.Parse(line, documentOptions: Strict)!)).ToList();
        foreach (var broken in AttestationSummary.Of(attestations).SelectMany(one => one.Faults.Select(fault => $"gateway {one.Gateway}: {fault}")).Take(20))
            warnings.Add(broken);
        var coverage = JsonNode.Parse(files[PackLayout.Coverage].Span, documentOptions: Strict)!["tags"] as JsonArray ?? [];
        var tags = coverage.Select(tag => (PackText.String(tag?["tag"]), PackText.String(tag?["line"]),
            (tag?["sources"] as JsonArray ?? []).Select(source => new Continuity.TagSource(PackText.String(source?["gateway"]), PackText.String(source?["server"]))).ToImmutableArray())).ToList();
        var again = Continuity.CoverageAccount.Of(
            tags, PackText.Time((string?)manifest["from"]).ToUnixTimeMilliseconds(), PackText.Time((string?)manifest["to"]).ToUnixTimeMilliseconds(), gaps, attestations);
        for (var i = 0; i < again.Length; i++)
            if (CanonicalJson.Write(PackText.Of(again[i])) != CanonicalJson.Write(coverage[i]))
                faults.Add($"coverage of {again[i].Tag} is not what gaps and attestations add up to");
        if ((long?)manifest["lost"] is > 0 and var lost)
            warnings.Add($"The scheduler could not keep {lost} messages of gateways: coverage is at most what is said.");
        findings.Add($"Coverage of {again.Length} tags adds up again from {gaps.Count} gaps and {attestations.Count} attestations.");
    }

    private void CheckAnchors(List<LedgerHead> heads, AnchoredHeads anchors)
    {
        var bySize = heads.ToDictionary(head => head.Size, head => head.Root);
        var compared = 0;
        foreach (var (size, anchor) in anchors.Heads)
        {
            if (!bySize.TryGetValue(size, out var root))
                continue;
            compared++;
            if (root != anchor.Root)
                faults.Add($"the head of {size} entries that {anchor.Where} holds has another root: the ledger was rewritten");
        }

        var entries = Lines(PackLayout.Entries).ToDictionary(line => PackText.Number(JsonNode.Parse(line)!["index"]), line => Convert.ToHexStringLower(TreeHash.Leaf(line)));
        foreach (var (index, hash) in anchors.Entries)
        {
            if (!entries.TryGetValue(index, out var leaf))
                continue;
            compared++;
            if (leaf != hash)
                faults.Add($"entry {index} is not the one whose hash was noted: the ledger was rewritten");
        }

        if (compared == 0)
            faults.Add($"none of the {anchors.Heads.Count + anchors.Entries.Count} given heads is of a size that the pack holds a head of ({string.Join(", ", heads.TakeLast(5).Select(head => head.Size))}): "
                + "give heads from between the run's first and last entry");
        else
            findings.Add($"It agrees with {compared} heads that were kept elsewhere.");
    }

    private static List<byte[]> Path(JsonNode proof) => [.. (proof["path"] as JsonArray ?? []).Take(TreeVerifier.LongestProof + 1).Select(hash => Convert.FromHexString(PackText.String(hash)))];

    private string[] Lines(string name)
    {
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(files[name].Span);
        if (text.Length == 0)
            return [];
        var lines = text.Split('\n');
        return lines.Length > MostLines ? throw new PackException($"{name} has more than {MostLines} lines")
            : lines[^1].Length > 0 ? throw new PackException($"{name} does not end with a line's end")
            : lines[..^1];
    }

    /// <summary>Base64url has spare bits at its end; a token that uses them is not the one that was written.</summary>
    private static bool IsCanonical(string token) =>
        token.Split('.').All(part => System.Buffers.Text.Base64Url.EncodeToString(System.Buffers.Text.Base64Url.DecodeFromChars(part)) == part);

    private string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(files[name].Span));

    private static string Show(JsonNode? node) => Plant.Files.Text.Printable.Line((string?)node ?? "?");
}
