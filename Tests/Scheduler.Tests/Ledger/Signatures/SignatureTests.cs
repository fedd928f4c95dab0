using System.Text.Json;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Ledger.Signatures;

[Trait("Req", "hostile-76")]
public sealed class SignatureTests
{
    [Fact]
    public async Task Signature_counts_for_the_content_that_was_seen_once_for_each_person()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        var draft = new JobDraft
        {
            Id = "J1", Host = TestPlant.Hmi, Procedure = Facts.Procedure, PatchName = "Update", PatchDigest = Facts.Digest, RequestedBy = "Ann",
        };
        await scheduler.AskAsync(new Order.Add(draft, "test", "Ann"));
        var signature = new SignatureRecord("Bob", SignatureMeanings.Approval, draft.ContentHash, 2);

        Task<OrderResult> Approve(string by, SignatureRecord? signed) => scheduler.AskAsync(new Order.Approve("J1", "", by, signed));

        Assert.Equal(OrderOutcome.Refused, (await Approve("Bob", signature with { Covers = new string('0', 64) })).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await Approve("Eve", signature)).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await Approve("Bob", signature with { Meaning = SignatureMeanings.Review })).Outcome);
        Assert.Equal(OrderOutcome.Refused, (await Approve("ann", signature with { Name = "ann" })).Outcome);
        var unsigned = await Approve("Bob", null);
        Assert.Equal(OrderOutcome.Refused, unsigned.Outcome);
        Assert.Contains("sign with your name and password", unsigned.Messages[0], StringComparison.Ordinal);
        Assert.Equal(OrderOutcome.Done, (await Approve("Bob", signature)).Outcome);
        Assert.Equal(OrderOutcome.Unchanged, (await Approve("Bob", signature)).Outcome);
        Assert.Equal(OrderOutcome.Unchanged, (await Approve("BOB", signature with { Name = "BOB" })).Outcome);

        var entry = JsonElement.Parse(Assert.Single(await scheduler.LedgerAsync(), item => item.Json.Contains(LedgerActions.JobApproved, StringComparison.Ordinal)).Json);
        Assert.Equal(signature, SignatureRecord.Read(entry.GetProperty("after").GetProperty("signature")));
    }

    [Theory]
    [InlineData("Bob", "bob", true)]
    [InlineData("Bob", "Bob (local)", true)]
    [InlineData("Bob ", "bob", true)]
    [InlineData("Bob", "Rob", false)]
    [InlineData("Bob", "Bob (loc)", false)]
    public void People_are_the_same_however_they_are_spelled(string one, string other, bool same) =>
        Assert.Equal((same, same), (Persons.Same(one, other), Persons.Comparer.GetHashCode(one) == Persons.Comparer.GetHashCode(other)));
}
