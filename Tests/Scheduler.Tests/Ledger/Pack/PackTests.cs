using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Pack;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Ledger.Pack;

[Trait("Req", "evidence-pack")]
public sealed class PackTests
{
    [Fact]
    public async Task A_pack_holds_and_says_what_it_rests_on()
    {
        await using var sample = await SamplePack.CreateAsync();

        var verdict = PackVerifier.Verify(await sample.ExportAsync(), sample.Signer.PublicPem);

        Assert.True(verdict.Holds, string.Join("; ", verdict.Faults));
        Assert.Empty(verdict.Warnings);
        Assert.Contains(verdict.Findings, finding => finding.Contains("entries of the ledger, 2 to 9, none missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Same_files_give_the_same_bytes()
    {
        await using var sample = await SamplePack.CreateAsync();

        var first = await sample.ExportAsync();
        sample.Db.ChangeTracker.Clear();
        sample.Continuity.ChangeTracker.Clear();

        Assert.Equal(first, await sample.ExportAsync());
    }

    [Fact]
    public async Task Any_unzip_opens_it()
    {
        await using var sample = await SamplePack.CreateAsync();

        await using var zip = new ZipArchive(new MemoryStream(await sample.ExportAsync()), ZipArchiveMode.Read);

        Assert.Equal([PackLayout.Manifest, PackLayout.Seal, .. PackLayout.Files], zip.Entries.Select(entry => entry.FullName));
        using var reader = new StreamReader(await zip.GetEntry(PackLayout.Coverage)!.OpenAsync(TestContext.Current.CancellationToken));
        var tag = JsonNode.Parse(await reader.ReadToEndAsync(TestContext.Current.CancellationToken))!["tags"]![0]!;
        Assert.Equal((4_250L, 1_500L), ((long)tag["gapMs"]!, (long)tag["backfilledMs"]!));
        Assert.Equal("the HTML is encoded", (await TextAsync(zip, PackLayout.Html)).Contains("&lt;b&gt;cumulative", StringComparison.Ordinal) ? "the HTML is encoded" : "it is not");
        Assert.StartsWith("%PDF-1.4", await TextAsync(zip, PackLayout.Pdf), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_says_who_signed_which_exception_until_when_and_what_it_accepted()
    {
        await using var sample = await SamplePack.CreateAsync();
        var until = Facts.Now.AddHours(1).ToString("O");
        var gap = new GapBudget(TimeSpan.FromMinutes(10), [LostTags.Of(TestPlant.Filling, ["Filling.Speed", "Filling.Temperature"])]);
        await sample.AppendAsync("Carl", LedgerActions.GapBudgetSigned, SamplePack.Run, "one reader only", new JsonObject { ["minutes"] = 60, ["until"] = until, ["gapBudget"] = gap.Write() });
        await sample.AppendAsync("Dora", LedgerActions.GapBudgetCosigned, SamplePack.Run, "seen", new JsonObject { ["minutes"] = 60, ["with"] = "Carl", ["until"] = until, ["gapBudget"] = gap.Write() });
        await sample.AppendAsync("Emil", LedgerActions.StandBySigned, SamplePack.Run, "at the line", new JsonObject { ["line"] = TestPlant.Filling, ["until"] = until });
        await sample.AppendAsync("Carl", LedgerActions.WaiversEnded, SamplePack.Run, "changed my mind", new JsonObject { ["count"] = 2 });
        await sample.AppendAsync("Fay", LedgerActions.BreakGlassSigned, "J2.1", "of another job's run", new JsonObject { ["minutes"] = 5, ["until"] = until });
        await sample.SignAsync();

        await using var zip = new ZipArchive(new MemoryStream(await sample.ExportAsync()), ZipArchiveMode.Read);

        var html = await TextAsync(zip, PackLayout.Html);
        var section = html[html.IndexOf(">Exceptions<", StringComparison.Ordinal)..html.IndexOf(">What was decided and done<", StringComparison.Ordinal)];
        var rows = section.Split("<tr>").Skip(2).Select(row => string.Join('|', System.Text.RegularExpressions.Regex.Matches(row, "<td[^>]*>([^<]*)</td>").Select(cell => cell.Groups[1].Value).Skip(2))).ToList();
        Assert.Equal(
            [
                $"Carl|gap budget signed|{Facts.Now.AddHours(1):yyyy-MM-dd HH:mm:ss.fff}|a gap of up to 00:10:00.000 for {gap.Words}",
                $"Dora|gap budget cosigned|{Facts.Now.AddHours(1):yyyy-MM-dd HH:mm:ss.fff}|a gap of up to 00:10:00.000 for {gap.Words}",
                $"Emil|stand by signed|{Facts.Now.AddHours(1):yyyy-MM-dd HH:mm:ss.fff}|stands by {TestPlant.Filling}",
                "Carl|waivers ended||changed my mind",
            ], rows);
    }

    [Fact]
    public async Task Flipping_any_byte_is_caught()
    {
        await using var sample = await SamplePack.CreateAsync();
        var pack = await sample.ExportAsync();
        var pem = sample.Signer.PublicPem;
        var missed = 0;

        for (var i = 0; i < pack.Length; i++)
        {
            pack[i] ^= (byte)(1 << (i % 8));
            if (PackVerifier.Verify(pack, i % 16 == 0 ? null : pem).Holds)
                missed++;
            pack[i] ^= (byte)(1 << (i % 8));
        }

        Assert.Equal(0, missed);
        Assert.True(PackVerifier.Verify(pack, pem).Holds);
    }

    [Fact]
    public async Task Cutting_or_lengthening_it_anywhere_is_caught()
    {
        await using var sample = await SamplePack.CreateAsync();
        var pack = await sample.ExportAsync();

        for (var length = 0; length < pack.Length; length += 97)
            Assert.False(PackVerifier.Verify(pack.AsMemory(0, length), sample.Signer.PublicPem).Holds);
        Assert.False(PackVerifier.Verify(pack.AsMemory(0, pack.Length - 1), sample.Signer.PublicPem).Holds);
        Assert.False(PackVerifier.Verify((byte[])[.. pack, 0], sample.Signer.PublicPem).Holds);
        Assert.False(PackVerifier.Verify((byte[])[0, .. pack], sample.Signer.PublicPem).Holds);
    }

    [Fact]
    public async Task A_file_that_was_exchanged_with_its_checksum_is_caught_by_manifest_or_seal()
    {
        await using var sample = await SamplePack.CreateAsync();
        var entries = StoredZip.Read(await sample.ExportAsync());
        for (var i = 0; i < entries.Count; i++)
        {
            var content = entries[i].Content.ToArray();
            content[content.Length / 2] ^= 1;
            var forged = entries.ToArray();
            forged[i] = entries[i] with { Content = content };

            Assert.False(PackVerifier.Verify(StoredZip.Write(forged), sample.Signer.PublicPem).Holds, entries[i].Name);
            Assert.False(PackVerifier.Verify(StoredZip.Write(forged), null).Holds, entries[i].Name);
        }
    }

    [Fact]
    public async Task A_manifest_that_was_made_to_fit_is_caught_by_the_seal()
    {
        await using var sample = await SamplePack.CreateAsync();
        var entries = StoredZip.Read(await sample.ExportAsync()).ToDictionary(entry => entry.Name, entry => entry.Content.ToArray());
        entries[PackLayout.Gaps] = [];
        var manifest = JsonNode.Parse(entries[PackLayout.Manifest])!.AsObject();
        var seal = Encoding.ASCII.GetString(entries[PackLayout.Seal]);
        manifest.Remove("files");

        var forged = await PackFile.CloseAsync(manifest, entries, _ => Task.FromResult(seal));

        Assert.Contains(PackVerifier.Verify(forged, sample.Signer.PublicPem).Faults, fault => fault.Contains("seal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pack_of_another_key_is_refused_and_without_a_key_warned_of()
    {
        await using var sample = await SamplePack.CreateAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pack = await sample.ExportAsync();

        Assert.Contains(PackVerifier.Verify(pack, other.ExportSubjectPublicKeyInfoPem()).Faults, fault => fault.Contains("not with the given one", StringComparison.Ordinal));
        var alone = PackVerifier.Verify(pack, null);
        Assert.True(alone.Holds);
        Assert.Contains("No key was given", Assert.Single(alone.Warnings), StringComparison.Ordinal);
    }

    /// <summary>Whoever holds the key can sign anything: only what others kept shows it.</summary>
    [Fact]
    public async Task A_rewritten_or_shortened_ledger_is_caught_by_heads_that_others_kept()
    {
        await using var honest = await SamplePack.CreateAsync();
        var kept = honest.Db.LedgerHeads.OrderBy(head => head.Size).Select(head => head.Token).ToList();
        await using var forged = await SamplePack.CreateAsync("nothing stood in the way", honest);

        AnchoredHeads Anchors(HeadReader own)
        {
            var known = new AnchoredHeads();
            foreach (var token in kept)
                known.Take(token, 1, "gateway gw-1", honest.Signer.ReadHead);
            return known;
        }

        Assert.True(PackVerifier.Verify(await honest.ExportAsync(), honest.Signer.PublicPem, Anchors).Holds);
        Assert.Contains(PackVerifier.Verify(await forged.ExportAsync(), forged.Signer.PublicPem, Anchors).Faults, fault => fault.Contains("rewritten", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pack_whose_heads_nobody_kept_says_so()
    {
        await using var sample = await SamplePack.CreateAsync();

        var verdict = PackVerifier.Verify(await sample.ExportAsync(), sample.Signer.PublicPem, _ => new AnchoredHeads());

        Assert.Contains(verdict.Faults, fault => fault.Contains("none of the 0 given heads", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_is_unknown_or_not_covered_by_a_head_has_no_pack()
    {
        await using var sample = await SamplePack.CreateAsync();

        Assert.Contains("no run", (await Assert.ThrowsAsync<PackException>(() => sample.ExportAsync("J9.1"))).Message, StringComparison.Ordinal);
        await sample.AppendAsync("scheduler", LedgerActions.HoldReleased, SamplePack.Run, "free again");
        Assert.Contains("no signed head", (await Assert.ThrowsAsync<PackException>(() => sample.ExportAsync())).Message, StringComparison.Ordinal);
        await sample.SignAsync();
        Assert.True(PackVerifier.Verify(await sample.ExportAsync(), sample.Signer.PublicPem).Holds);
    }

    private static async Task<string> TextAsync(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(await zip.GetEntry(name)!.OpenAsync(TestContext.Current.CancellationToken));
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
