using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Features;

public sealed class JobFileTests : IDisposable
{
    private const string Good = """
        id: KB-1
        host: filling-hmi
        procedure: install-update
        patch:
          name: March update
          digest: E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855
        not-before: 2026-03-29T02:00:00+01:00
        due: 2026-04-05T00:00Z
        priority: 3
        expected-duration: 20m
        requested-by: Ann
        """;

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Everything_is_read()
    {
        var draft = Read(Good);

        Assert.Equal("KB-1", draft.Id);
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", draft.PatchDigest);
        Assert.Equal(new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero), draft.NotBefore);
        Assert.Equal((3, TimeSpan.FromMinutes(20), "Ann"), (draft.Priority, draft.ExpectedDuration!.Value, draft.RequestedBy));
    }

    [Theory]
    [InlineData("host: filling-hmi", "host: filing-hmi", 2, "host", "filling-hmi")]
    [InlineData("id: KB-1", "id: KB 1", 1, "id", "letter or digit")]
    [InlineData("  digest: E3B0", "  digest: X3B0", 6, "patch.digest", "64 hexadecimal")]
    [InlineData("due: 2026-04-05T00:00Z", "due: 2026-04-05", 8, "due", "offset from UTC")]
    [InlineData("due: 2026-04-05T00:00Z", "due: 2026-04-05T00:00", 8, "due", "offset from UTC")]
    [InlineData("due: 2026-04-05T00:00Z", "due: 2026-03-01T00:00Z", 8, "due", "not after")]
    [InlineData("priority: 3", "priorty: 3", 9, "priorty", "priority")]
    [InlineData("expected-duration: 20m", "expected-duration: 20", 10, "expected-duration", "10s")]
    [InlineData("requested-by: Ann", "requested-by: Ann\napproved-by: [Bob]", 12, "approved-by", "approve KB-1")]
    [Trait("Req", "hostile-78")]
    public void Mistake_is_told_with_line_key_and_what_is_allowed(string right, string wrong, int line, string key, string hint)
    {
        var error = Assert.Single(Assert.Throws<ConfigurationException>(() => Read(Good.Replace(right, wrong, StringComparison.Ordinal))).Errors);

        Assert.Equal((line, key), (error.Line, error.Key));
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_hash_covers_what_was_approved_and_not_the_order_of_work()
    {
        var draft = Read(Good);

        Assert.Equal(draft.ContentHash, (draft with { Priority = 9, Due = null, RequestedBy = "Eve" }).ContentHash);
        Assert.NotEqual(draft.ContentHash, (draft with { PatchDigest = new string('0', 64) }).ContentHash);
        Assert.NotEqual(draft.ContentHash, (draft with { Host = "line-server" }).ContentHash);
        Assert.NotEqual(draft.ContentHash, (draft with { NotBefore = null }).ContentHash);
    }

    private JobDraft Read(string text) => JobFile.Read(folder.Write("job.yaml", text), TestPlant.Model);
}
