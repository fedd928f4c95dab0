using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Configuration;

public sealed class SchedulerFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Empty_file_means_everything_on_this_machine()
    {
        var options = Read("");

        Assert.Equal("http://127.0.0.1:8080", options.Listen);
        Assert.Equal("127.0.0.1:1883", options.Mqtt.Embedded!.Listen.ToString());
        Assert.Equal(folder["secrets/mqtt"], options.Mqtt.Embedded.Secrets);
        Assert.Equal(folder["data"], options.Data);
    }

    [Fact]
    public void Broker_of_the_site_is_taken_instead()
    {
        var options = Read("mqtt:\n  broker: mqtts://broker:8883\n  user: scheduler\n  password-file: secrets/broker\n  tls: { authorities: ca.pem }");

        Assert.Null(options.Mqtt.Embedded);
        Assert.Equal(folder["secrets/broker"], options.Mqtt.Broker!.PasswordFile);
    }

    [Theory]
    [InlineData("lissten: http://127.0.0.1:1", "listen")]
    [InlineData("listen: ftp://127.0.0.1", "http")]
    [InlineData("listen: http://0.0.0.0:8080", "in the clear")]
    [InlineData("listen: https://0.0.0.0:8443", "needs 'tls'")]
    [InlineData("mqtt: { embedded: { listen: 0.0.0.0:1883 } }", "in the clear")]
    [InlineData("mqtt: { embedded: { listen: localhost } }", "127.0.0.1:1883")]
    [InlineData("mqtt: { embedded: {}, broker: mqtt://b }", "one of the two")]
    [InlineData("approvals: 0", "1")]
    [InlineData("permit-lifetime: 30", "10s")]
    [InlineData("training: { records: lms }", "names no qualification")]
    [InlineData("training: { approves: [GMP] }", "approve")]
    [InlineData("procedures: { p: { digest: abc } }", "64 hexadecimal")]
    [Trait("Req", "hostile-78")]
    public void Mistake_is_told_with_what_is_allowed(string text, string hint) =>
        Assert.Contains(hint, Assert.Throws<ConfigurationException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Example_of_the_repository_is_read_whole()
    {
        var config = Path.Combine(RepositoryRoot(), "config");
        var plant = PlantFile.Read(Path.Combine(config, "plant.yaml"));
        var options = SchedulerFile.Read(config);
        var calendars = new PatchEdge.Scheduler.Calendars.CalendarShelf(options.Calendars, plant, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Facts.Now));

        calendars.Refresh();

        Assert.Empty(calendars.Current.Errors);
        Assert.Equal(3, calendars.Current.Rules.Length);
        Assert.All(Directory.GetFiles(options.Jobs, "*.yaml"), file => Assert.NotNull(PatchEdge.Scheduler.Features.Jobs.JobFile.Read(file, plant)));
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("PatchEdge.sln is not above the tests.");
    }

    private SchedulerOptions Read(string text)
    {
        folder.Write(SchedulerFile.Name, text);
        return SchedulerFile.Read(folder.Root);
    }
}
