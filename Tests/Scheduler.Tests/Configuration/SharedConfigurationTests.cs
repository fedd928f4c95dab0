using Microsoft.Extensions.Time.Testing;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Configuration;

public sealed class SharedConfigurationTests : IDisposable
{
    private const string Rest = "database: { url: \"postgresql://127.0.0.1/patchedge\" }\nmqtt: { broker: \"mqtt://127.0.0.1\" }\n";

    private readonly FakeTimeProvider time = new(Facts.Now);
    private readonly TestFolder east = new();
    private readonly TestFolder west = new();

    public SharedConfigurationTests()
    {
        foreach (var (folder, name) in ((TestFolder, string)[])[(east, "east"), (west, "west")])
        {
            folder.Write(SchedulerFile.Name, $"name: {name}\naddress: https://{name}.example\n{Rest}");
            folder.Write("plant.yaml", "site: Demo\n");
            folder.Write("calendars/site.ics", "BEGIN:VCALENDAR");
        }
    }

    public void Dispose()
    {
        east.Dispose();
        west.Dispose();
    }

    [Fact]
    public void What_is_each_schedulers_own_is_no_difference() => Assert.Empty(Of(west).DifferencesFrom(Of(east).Text));

    [Fact]
    public void Each_part_that_differs_is_named()
    {
        west.Write("plant.yaml", "site: Demo\n# line 2 was rebuilt\n");
        west.Write("calendars/freeze.ics", "BEGIN:VCALENDAR");
        west.Write("training/2026.csv", "person,qualification,from,until");
        west.Write(SchedulerFile.Name, $"name: west\napprovals: 2\ntraining: {{ approve: [GMP] }}\nprocedures: {{ install-update: {{ expected-duration: 10m }} }}\n{Rest}");

        Assert.Equal(
            ["calendars/freeze.ics", "plant.yaml", "scheduler.yaml approvals", "scheduler.yaml procedures install-update", "scheduler.yaml training", "training/2026.csv"],
            Of(west).DifferencesFrom(Of(east).Text));
    }

    [Fact]
    public void Of_many_parts_some_are_named_and_the_rest_are_counted()
    {
        for (var i = 0; i < 9; i++)
            west.Write($"calendars/more{i}.ics", "BEGIN:VCALENDAR");
        Assert.Equal("3 more", Of(west).DifferencesFrom(Of(east).Text)[^1]);

        for (var i = 0; i < 200; i++)
            west.Write($"calendars/many{i}.ics", "BEGIN:VCALENDAR");
        Assert.Equal(["calendars", "calendars/site.ics"], Of(west).DifferencesFrom(Of(east).Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("no JSON")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"plant.yaml":1}""")]
    public void Of_a_scheduler_that_does_not_say_nothing_is_known_to_differ(string said) => Assert.Empty(Of(west).DifferencesFrom(said));

    [Fact]
    public void Plant_file_counts_as_it_was_read_at_the_start_and_calendars_as_they_are()
    {
        var (one, other) = (Of(west), Of(east));
        west.Write("plant.yaml", "site: Other\n");
        west.Write("calendars/site.ics", "BEGIN:VCALENDAR\r\n");
        time.Advance(TimeSpan.FromMinutes(1));
        one.Refresh();

        Assert.Equal(["calendars/site.ics"], one.DifferencesFrom(other.Text));
    }

    private SharedConfiguration Of(TestFolder folder) => new(SchedulerFile.Read(folder.Root), time);
}
