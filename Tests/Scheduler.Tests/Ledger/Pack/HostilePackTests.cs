using System.IO.Compression;
using System.Text;
using PatchEdge.Scheduler.Ledger.Pack;

namespace PatchEdge.Scheduler.Tests.Ledger.Pack;

/// <summary>Files that are no packs, or try to be more than one.</summary>
[Trait("Req", "evidence-pack")]
public sealed class HostilePackTests
{
    [Fact]
    public void Compressed_entries_are_not_even_opened()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        using (var bomb = zip.CreateEntry("manifest.json", CompressionLevel.SmallestSize).Open())
            bomb.Write(new byte[16 * 1024 * 1024]);

        Refused(stream.ToArray(), "");
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\b")]
    [InlineData("Manifest.json")]
    [InlineData("a\u0000b")]
    public void Names_that_lead_elsewhere_are_refused(string name) =>
        Refused(StoredZip.Write([new ZipEntry(name, "{}"u8.ToArray())]), "name");

    [Fact]
    public void An_entry_given_twice_is_refused() =>
        Refused(StoredZip.Write([new ZipEntry("a", "1"u8.ToArray()), new ZipEntry("a", "2"u8.ToArray())]), "twice");

    [Fact]
    public void More_entries_than_a_pack_has_are_refused() =>
        Refused(StoredZip.Write([.. Enumerable.Range(0, 100).Select(i => new ZipEntry($"e{i}", new byte[1]))]), "more than");

    [Fact]
    public void A_size_beyond_the_file_is_refused()
    {
        var file = StoredZip.Write([new ZipEntry("manifest.json", "{}"u8.ToArray())]);
        file[21] = 0xff;

        Refused(file, "longer than the file");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no zip at all")]
    [InlineData("PK\u0003\u0004")]
    public void What_is_no_zip_is_refused(string text) => Refused(Encoding.Latin1.GetBytes(text), "not an evidence pack");

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"format\":\"patchedge-pack/2\"}")]
    [InlineData("{\"format\":\"patchedge-pack/1\",\"format\":\"patchedge-pack/1\"}")]
    [InlineData("{\"format\":\"patchedge-pack/1\",\"files\":7}")]
    [InlineData("{\"format\":1.5}")]
    [InlineData("{ }")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public void A_manifest_that_is_none_is_refused(string manifest) => Refused(With(PackLayout.Manifest, Encoding.UTF8.GetBytes(manifest)), "");

    [Fact]
    public void A_huge_manifest_is_refused_before_it_is_read() => Refused(With(PackLayout.Manifest, new byte[1024 * 1024]), "larger than any manifest");

    private static byte[] With(string name, byte[] content) => StoredZip.Write(
        [.. new[] { PackLayout.Manifest, PackLayout.Seal }.Concat(PackLayout.Files).Select(file => new ZipEntry(file, file == name ? content : "x"u8.ToArray()))]);

    private static void Refused(byte[] file, string because)
    {
        var verdict = PackVerifier.Verify(file, null);

        Assert.False(verdict.Holds);
        Assert.Contains(verdict.Faults, fault => fault.Contains(because, StringComparison.Ordinal));
    }
}
