using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Continuity.Runs;

public sealed class RunSpansTests
{
    [Fact]
    public void Span_falls_in_the_run_that_it_touches_and_in_the_latest_of_several()
    {
        var spans = new RunSpans([new RunSpan("old", "L", new Moment(0), new Moment(10))]);
        Assert.Equal(new RunSpan("a", "L", new Moment(100), null), spans.Take(new RunNotice("a", "L", true, new Moment(100))));
        Assert.Null(spans.Take(new RunNotice("a", "L", true, new Moment(110))));
        Assert.Equal("a", spans.Of("L", new Moment(50), null));
        Assert.Null(spans.Of("L", new Moment(50), new Moment(100)));
        Assert.Null(spans.Of("M", new Moment(50), null));
        Assert.Equal(new Moment(200), spans.Take(new RunNotice("a", "L", false, new Moment(200)))!.End);
        Assert.Null(spans.Of("L", new Moment(200), null));
        spans.Take(new RunNotice("b", "L", true, new Moment(300)));
        Assert.Equal("b", spans.Of("L", new Moment(150), new Moment(400)));
        Assert.Equal("old", spans.Of("L", new Moment(5), new Moment(90)));
        Assert.Null(spans.Take(new RunNotice("never", "L", false, new Moment(310))));
    }

    [Fact]
    public void Hold_that_was_not_granted_or_not_answered_begins_nothing()
    {
        var news = new RunNews(TimeProvider.System);
        var reply = new HoldReply { Run = "r", Line = "L", Gateway = "g", Action = HoldAction.Hold, Token = 1, Request = "q", Granted = false, Answered = true };
        news.Tell(reply);
        news.Tell(reply with { Granted = true, Answered = false });
        news.Tell(reply with { Action = HoldAction.Release, Answered = false });
        Assert.False(news.TryTake(out _));
        news.Tell(reply with { Granted = true });
        Assert.True(news.TryTake(out var notice));
        Assert.Equal(("r", "L", true), (notice.Run, notice.Line, notice.Holds));
    }
}
