using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Options;
using PatchEdge.Plant.Files;

namespace PatchEdge.Gateway.Tests.Options;

public sealed class GatewayFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Shortest_file_names_the_gateway_and_leaves_the_rest_to_defaults()
    {
        var options = GatewayFile.Parse("name: gw-1\n", folder.File("gateway.yaml"));
        Assert.Equal(folder.File("data"), options.Journal.Directory);
        Assert.Null(options.Mqtt);
        Assert.Null(options.Influx);
        Assert.True(options.ReportValidity >= options.ReportPace * 2);
    }

    [Fact]
    public void Full_file_is_read()
    {
        folder.WriteSecret("secrets/mqtt", "m\n");
        folder.WriteSecret("secrets/token", "t\n");
        var options = GatewayFile.Parse("""
            name: gw-1
            data: /var/lib/gw
            mqtt: { broker: "mqtts://broker:8884", user: gateway-gw-1, password-file: secrets/mqtt, tls: { authorities: ca.pem } }
            influxdb: { url: "https://historian", organisation: o, bucket: b, token-file: secrets/token, version: 2 }
            journal: { keep-for: 7d, maximum-mib: 100 }
            pace: { report: 500ms, valid-for: 3s, heartbeat: 1s, attestation: 5s }
            """, folder.File("gateway.yaml"));
        Assert.Equal(("m", 8884, folder.File("ca.pem")), (options.Mqtt!.Password, options.Mqtt.Port, options.Mqtt.AuthorityFile));
        Assert.Equal((InfluxDialect.V2, "t"), (options.Influx!.Dialect, options.Influx.Token));
        Assert.Equal(TimeSpan.FromDays(7), options.Journal.KeepFor);
    }

    [Fact]
    public void Every_mistake_is_told_with_its_line_and_the_nearest_valid_name()
    {
        var refusal = Assert.Throws<ConfigurationException>(() => GatewayFile.Parse("""
            name: a/b
            dta: x
            mqtt: { broker: "http://x" }
            influxdb: { url: "http://h", user: u, token-file: missing }
            pace: { report: 5 }
            """, folder.File("gateway.yaml")));
        Assert.Equal([1, 2, 3, 4, 4, 5], refusal.Errors.Select(error => error.Line).Order());
        Assert.Contains(refusal.Errors, error => error.Message.Contains("data", StringComparison.Ordinal) && error.Line == 2);
    }

    [Fact]
    public void Secret_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs permissions of Unix files");
            return;
        }

        File.SetUnixFileMode(folder.Write("password", "x"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var refusal = Assert.Throws<ConfigurationException>(() => GatewayFile.Parse(
            "name: g\nmqtt: { broker: \"mqtt://b\", user: u, password-file: password }\n", folder.File("gateway.yaml")));
        Assert.Contains("open to others", refusal.Message, StringComparison.Ordinal);
    }
}
