using PatchEdge.Simulator.Equipment;

namespace PatchEdge.Simulator.Tests.Equipment;

public sealed class LineControllerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Line_runs_its_batch_and_then_stands_idle()
    {
        var line = Controller();
        line.Advance(Start + TimeSpan.FromSeconds(10));
        Assert.Equal(PackMlState.Execute, line.UnitState(0));
        Assert.StartsWith("FIL-", line.BatchId, StringComparison.Ordinal);
        Assert.False(line.IsIdle);
        line.Advance(Start + TimeSpan.FromSeconds(40));
        Assert.True(line.IsIdle);
        Assert.Equal("", line.BatchId);
    }

    [Fact]
    [Trait("Req", "I1")]
    public void Held_line_starts_no_batch_until_it_is_released()
    {
        var line = Controller();
        var now = Start + TimeSpan.FromSeconds(40);
        Assert.True(line.RequestHold(7, TimeSpan.FromMinutes(5), now).Granted);
        for (var until = now + TimeSpan.FromMinutes(10); now < until; now += Step)
        {
            line.Advance(now);
            Assert.True(line.IsIdle, $"started at {now - Start} while held");
        }

        Assert.True(line.ReleaseHold(7).Released);
        line.Advance(now + Step);
        Assert.False(line.IsIdle);
    }

    [Fact]
    [Trait("Req", "I1")]
    public void Hold_survives_the_death_of_the_server()
    {
        var now = Start + TimeSpan.FromSeconds(40);
        Assert.True(Controller().RequestHold(7, TimeSpan.FromMinutes(5), now).Granted);
        var again = Controller();
        for (var until = now + TimeSpan.FromMinutes(10); now < until; now += Step)
        {
            again.Advance(now);
            Assert.True(again.IsIdle, $"started at {now - Start} while held");
        }

        Assert.False(again.RequestHold(6, TimeSpan.FromMinutes(5), now).Granted);
    }

    [Fact]
    public void Restarted_controller_continues_where_the_equipment_would_be()
    {
        var first = Controller();
        var moment = Start + TimeSpan.FromMinutes(17);
        first.Advance(moment);
        var second = Controller();
        second.Advance(moment);
        Assert.Equal(first.BatchId, second.BatchId);
        Assert.Equal(first.UnitState(1), second.UnitState(1));
    }

    private LineController Controller() => new(
        new BatchPlan("Filling", 1, new BatchPace(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60))),
        units: 2, Start, folder.File("Filling.json"));
}
