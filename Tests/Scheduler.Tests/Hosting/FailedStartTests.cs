using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Hosting;

/// <summary>A start that comes to nothing lets go of everything, so that the next one finds its files free.</summary>
[Trait("Req", "I4")]
public sealed class FailedStartTests
{
    [Fact]
    public async Task Start_that_cannot_be_recorded_is_none_and_leaves_no_lock()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.AddAsync("J1");
        FullDisk.Begin(scheduler);
        await scheduler.StopAsync();

        await Assert.ThrowsAsync<RecordException>(scheduler.StartAgainAsync);

        // It has to write, while what is left of the failed start is still there.
        FullDisk.End(scheduler);
        await scheduler.StopAsync();
        await scheduler.StartAgainAsync();
        Assert.Equal("J1", (await scheduler.RunAsync("J1.1")).JobId);
    }

    [Fact]
    public async Task Start_with_a_broken_calendar_is_refused_and_the_next_one_has_the_directory()
    {
        await using var scheduler = await RunningScheduler.StartAsync();
        await scheduler.StopAsync();
        var calendar = scheduler.Folder["calendars/site.ics"];
        var whole = File.ReadAllText(calendar);
        File.WriteAllText(calendar, "BEGIN:VCALENDAR");

        await Assert.ThrowsAsync<Plant.Files.ConfigurationException>(scheduler.StartAgainAsync);

        await scheduler.StopAsync();
        File.WriteAllText(calendar, whole);
        await scheduler.StartAgainAsync();
    }
}
