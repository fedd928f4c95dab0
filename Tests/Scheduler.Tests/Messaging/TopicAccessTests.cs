using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Messaging.Broker;

namespace PatchEdge.Scheduler.Tests.Messaging;

[Trait("Req", "hostile-56")]
public sealed class TopicAccessTests
{
    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/+", "a/b", true)]
    [InlineData("a/+", "a/+", true)]
    [InlineData("a/b", "a/+", false)]
    [InlineData("a/#", "a/b/c", true)]
    [InlineData("a/#", "a/#", true)]
    [InlineData("a/+", "a/#", false)]
    [InlineData("a/+", "#", false)]
    [InlineData("a/b", "a/b/c", false)]
    [InlineData("a/b/c", "a/b", false)]
    [InlineData("a/b", "$share/g/a/b", false)]
    public void Filter_is_covered_only_when_everything_it_matches_is(string allowed, string filter, bool covered) =>
        Assert.Equal(covered, TopicAccess.Covers(allowed, filter));

    [Theory]
    [InlineData("agent-h1", "patchedge/Demo/host/h1/status", true)]
    [InlineData("agent-h1", "patchedge/Demo/host/h1/progress", true)]
    [InlineData("agent-h1", "patchedge/Demo/host/h1/permit", false)]
    [InlineData("agent-h1", "patchedge/Demo/host/h2/status", false)]
    [InlineData("agent-h1", "patchedge/Demo/host/+/status", false)]
    [InlineData("agent-h1", "patchedge/Other/host/h1/status", false)]
    [InlineData("agent-h1", "patchedge/Demo/emergency-stop", false)]
    [InlineData("gateway-g1", "patchedge/Demo/line/Filling/gateway/g1", true)]
    [InlineData("gateway-g1", "patchedge/Demo/line/Filling/gateway/g2", false)]
    [InlineData("gateway-g1", "patchedge/Demo/host/h1/status", false)]
    [InlineData("scheduler", "patchedge/Demo/host/h1/permit", true)]
    [InlineData("scheduler", "patchedge/Demo/line/Filling/gateway/g1", false)]
    [InlineData("scheduler", "patchedge/Demo/gateway/g1/hold-request", true)]
    [InlineData("scheduler", "patchedge/Demo/gateway/g1/hold-reply", false)]
    [InlineData("gateway-g1", "patchedge/Demo/gateway/g1/hold-reply", true)]
    [InlineData("gateway-g1", "patchedge/Demo/gateway/g2/hold-reply", false)]
    [InlineData("gateway-g1", "patchedge/Demo/gateway/g1/hold-request", false)]
    [InlineData("agent-h1", "patchedge/Demo/gateway/g1/hold-request", false)]
    [InlineData("operator-eve", "patchedge/Demo/gateway/g1/hold-reply", false)]
    [InlineData("operator-eve", "patchedge/Demo/emergency-stop", true)]
    [InlineData("operator-eve", "patchedge/Demo/host/h1/permit", false)]
    [InlineData("stranger", "patchedge/Demo/emergency-stop", false)]
    public void Client_publishes_only_what_is_its_own(string client, string topic, bool may) =>
        Assert.Equal(may, TopicAccess.Of(client, "Demo").MayPublish(topic));

    [Theory]
    [InlineData("agent-h1", "patchedge/Demo/host/h1/permit", true)]
    [InlineData("agent-h1", "patchedge/Demo/host/h1/#", true)]
    [InlineData("agent-h1", "patchedge/Demo/host/+/permit", false)]
    [InlineData("agent-h1", "#", false)]
    [InlineData("operator-eve", "patchedge/Demo/host/h1/permit", false)]
    [InlineData("gateway-g1", "patchedge/Demo/gateway/g1/hold-request", true)]
    [InlineData("gateway-g1", "patchedge/Demo/gateway/g2/hold-request", false)]
    [InlineData("operator-eve", "patchedge/Demo/line/+/gateway/+", true)]
    [InlineData("scheduler", "patchedge/Demo/#", true)]
    public void Client_hears_only_what_is_for_it(string client, string filter, bool may) =>
        Assert.Equal(may, TopicAccess.Of(client, "Demo").MaySubscribe(filter));

    [Fact]
    public void Scheduler_may_do_all_that_it_does()
    {
        var access = TopicAccess.Of(TopicAccess.SchedulerClient, "Demo");

        Assert.All(PatchEdge.Scheduler.Messaging.Incoming.Filters("Demo"), filter => Assert.True(access.MaySubscribe(filter)));
        Assert.All(
            [Topics.Offer("Demo", "h"), Topics.Permit("Demo", "h"), Topics.GoAhead("Demo", "h"), Topics.ProgressAcknowledged("Demo", "h"), Topics.HoldRequest("Demo", "g")],
            topic => Assert.True(access.MayPublish(topic)));
    }
}
