using System.Text;
using System.Text.Json.Nodes;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Ledger.Pack.Report;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>Makes the evidence pack of a run: the same state of the files gives the same bytes.</summary>
internal sealed class PackExporter(PlantModel plant, PermitSigner signer, TimeProvider time)
{
    /// <exception cref="PackException">There is no such run, or it cannot be proven yet.</exception>
    public async Task<byte[]> ExportAsync(SchedulerDb db, ContinuityDb continuity, string runId, CancellationToken cancellation)
    {
        try
        {
            var source = await PackCollector.CollectAsync(db, continuity, plant, runId, (signer.PublicPem, signer.Thumbprint), cancellation);
            return await PackFile.CloseAsync(source.About(), Files(source), digest => SealAsync(continuity, source, digest, cancellation));
        }
        catch (Tree.LedgerDamagedException exception)
        {
            throw new PackException($"the ledger is damaged: {exception.Message}; run 'ledger verify'");
        }
    }

    private static Dictionary<string, byte[]> Files(PackSource source)
    {
        var report = RunReport.Of(source);
        return new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [PackLayout.Key] = Encoding.ASCII.GetBytes(source.PublicPem),
            [PackLayout.Entries] = PackText.Lines(source.Entries.Select(entry => entry.Json)),
            [PackLayout.Heads] = PackText.Lines(source.Heads.Select(head => head.Token)),
            [PackLayout.Proofs] = Json(new JsonObject
            {
                ["inclusion"] = new JsonArray([.. source.Inclusion.Select(proof => (JsonNode)new JsonObject { ["index"] = proof.Index, ["path"] = PackText.Path(proof.Path) })]),
                ["consistency"] = new JsonArray([.. source.Consistency.Select(proof => (JsonNode)new JsonObject { ["from"] = proof.From, ["to"] = proof.To, ["path"] = PackText.Path(proof.Path) })]),
            }),
            [PackLayout.Gaps] = PackText.Lines(source.Gaps.Select(PackText.Of)),
            [PackLayout.Attestations] = PackText.Lines(source.Attestations.Select(PackText.Of)),
            [PackLayout.Lines] = PackText.Lines(source.Changes.Select(PackText.Of)),
            [PackLayout.Coverage] = Json(new JsonObject { ["tags"] = new JsonArray([.. source.Coverage.Select(tag => (JsonNode)PackText.Of(tag))]) }),
            [PackLayout.Html] = HtmlReport.Draw(report),
            [PackLayout.Pdf] = PdfReport.Draw(report),
        };
    }

    private static byte[] Json(JsonObject content) => Encoding.UTF8.GetBytes(CanonicalJson.Write(content));

    /// <summary>ECDSA signs the same content differently each time: the first seal of a manifest is kept and used again.</summary>
    private async Task<string> SealAsync(ContinuityDb db, PackSource source, string digest, CancellationToken cancellation)
    {
        if (await db.Seals.FindAsync([digest], cancellation) is { } known)
            return known.Token;
        var token = signer.Sign(new PackSeal { Site = source.Site, Run = source.Run, Manifest = digest });
        db.Seals.Add(new StoredSeal { Manifest = digest, Token = token, At = time.GetUtcNow() });
        await db.SaveChangesAsync(cancellation);
        return token;
    }
}
