using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Tests.Continuity;

public sealed class AttestationChainTests
{
    private static readonly AttestedFacts Facts = new("boot", "hash", 3, 30, 20, 10, 1.5);

    [Fact]
    public void Each_starts_where_the_one_before_ended_and_carries_its_hash()
    {
        var chain = new AttestationChain("S", "gw", 0, "", new Moment(0));
        var first = chain.Attest(new Moment(100), Facts)!;
        Assert.Null(chain.Attest(new Moment(100), Facts));
        var second = chain.Attest(new Moment(250), Facts)!;
        Assert.Equal((1, "", new Moment(0), new Moment(100)), (first.Attestation.Sequence, first.Attestation.Previous, Moment.Of(first.Attestation.Start), Moment.Of(first.Attestation.End)));
        Assert.Equal((2, first.Hash, first.Attestation.End), (second.Attestation.Sequence, second.Attestation.Previous, second.Attestation.Start));
        Assert.Empty(AttestationLog.Check(Rows(first, second)).Faults);
    }

    [Fact]
    public void Time_in_which_the_gateway_was_not_running_is_left_out()
    {
        var chain = new AttestationChain("S", "gw", 7, "previous", new Moment(1000));
        chain.Resume(new Moment(5000));
        Assert.Equal(5000, chain.Attest(new Moment(6000), Facts)!.Attestation.Start.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Change_or_removal_in_the_chain_is_noticed()
    {
        var chain = new AttestationChain("S", "gw", 0, "", new Moment(0));
        AttestedSpan[] spans = [.. Enumerable.Range(1, 4).Select(number => chain.Attest(new Moment(number * 100), Facts)!)];
        Assert.Contains("2 to 2 are missing", Assert.Single(AttestationLog.Check(Rows(spans[0], spans[2], spans[3])).Faults), StringComparison.Ordinal);
        var changed = Rows(spans).ToArray();
        changed[1].Body = [.. changed[1].Body];
        changed[1].Body[^2] ^= 1;
        Assert.Contains("attestation 2 was changed", Assert.Single(AttestationLog.Check(changed).Faults), StringComparison.Ordinal);
        changed[1].Hash = AttestationChain.Hash(changed[1].Body);
        Assert.NotEmpty(AttestationLog.Check(changed).Faults);
    }

    private static IEnumerable<(long Sequence, string Hash, byte[] Body)> Rows(params AttestedSpan[] spans) =>
        spans.Select(span => (span.Attestation.Sequence, span.Hash, span.Body));
}
