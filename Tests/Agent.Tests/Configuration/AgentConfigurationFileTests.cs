using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Tests.Configuration;

public sealed class AgentConfigurationFileTests : IDisposable
{
    private const string Minimal = """
        site: Demo
        host: h
        data: data
        scheduler-key: key.pem
        mqtt:
          broker: mqtt://127.0.0.1:1883

        """;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Example_configuration_is_accepted()
    {
        var config = Path.Combine(Sources.Folder, "config");
        var agent = AgentConfigurationFile.Read(config);
        Assert.Equal(("Demo", "filling-hmi"), (agent.Site, agent.Host));
        Assert.True(agent.Broker.IsEncrypted);
        Assert.Equal(new AgentTimings(), agent.Timings);
        var procedure = Assert.Single(ProcedureShelf.Load(agent.Procedures).All);
        Assert.Equal(["install", "restart-host"], procedure.Steps.Where(step => step.Irreversible).Select(step => step.Name));
    }

    [Fact]
    public void Paths_start_at_the_file_that_names_them()
    {
        var agent = AgentConfigurationFile.Read(folder.Write("agent.yaml", Minimal));
        Assert.Equal(folder.File("data"), agent.Data);
        Assert.Equal(folder.File("procedures"), agent.Procedures);
    }

    [Theory]
    [InlineData("host: h", "host: a/b", "host", "MQTT topic")]
    [InlineData("mqtt://127.0.0.1:1883", "http://127.0.0.1", "mqtt.broker", "mqtt")]
    [InlineData("mqtt://127.0.0.1:1883", "mqtt://127.0.0.1:1883\n  password-file: x", "mqtt.password-file", "user")]
    [InlineData("mqtt://127.0.0.1:1883", "mqtt://127.0.0.1:1883\n  tls: { authorities: ca.pem }", "mqtt.tls", "mqtts://")]
    [InlineData("mqtt://127.0.0.1:1883", "mqtts://127.0.0.1:1883\n  tls: { certificate: c.pem }", "mqtt.tls.certificate", "belong together")]
    [InlineData("host: h", "host: h\nacts-for: elsewhere", "acts-for", "remote-host")]
    [InlineData("data: data", "data: data\nfleet-lock: {}", "fleet-lock.client-id", "required")]
    [InlineData("data: data", "data: data\nfleet-lock: { client-id: c, listen: 'http://10.0.0.1:8585' }", "fleet-lock.listen", "open to the network")]
    [InlineData("data: data", "data: data\nfleet-lock: { client-id: c, listen: 'http://10.0.0.1:8585' }", "fleet-lock.listen", "in the clear")]
    [InlineData("data: data", "data: data\nfleet-lock: { client-id: c, listen: 'https://127.0.0.1:8585' }", "fleet-lock.listen", "needs 'tls'")]
    [InlineData("data: data", "data: data\nfleet-lock: { client-id: c, tls: { certificate: c.pem, key: k.pem } }", "fleet-lock.tls", "https://")]
    [InlineData("data: data", "data: data\nfleet-lock: { client-id: c, listen: 'https://127.0.0.1:8585', tls: { certificate: c.pem, key: k.pem } }", "fleet-lock.tls", "does not exist")]
    [InlineData("data: data", "data: data\nfleet-lock: { client-id: c, listen: 'http://10.0.0.1:8585', plain-http: true }", "fleet-lock.listen", "secret-file")]
    [InlineData("data: data", "dta: data", "dta", "did you mean 'data'?")]
    [InlineData("data: data", "data: data\ntimings: { heartbeat: 5 }", "timings.heartbeat", "duration")]
    public void Error_names_its_key_and_what_is_allowed(string from, string to, string key, string message)
    {
        var exception = Assert.Throws<ConfigurationException>(() => AgentConfigurationFile.Read(folder.Write("agent.yaml", Minimal.Replace(from, to))));
        Assert.Contains(exception.Errors, error => error.Key == key && error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 0);
    }

    [Fact]
    public void Configuration_that_everybody_can_change_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps permissions in the directory");
        var file = folder.Write("agent.yaml", Minimal);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, (UnixFileMode)0b110_100_110);
        Assert.Contains("o-w", Assert.Throws<ConfigurationException>(() => AgentConfigurationFile.Read(file)).Message);
    }

    public void Dispose() => folder.Dispose();
}
