using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Files;

namespace PatchEdge.Gateway.Options;

/// <summary>Reads <c>gateway.yaml</c>.</summary>
/// <remarks>
/// <example><code>
/// name: gw-1                       # as the plant file's gateways call it
/// data: data                       # the journal; relative to this file
/// pki: pki                         # own certificate and trust lists
/// mqtt:
///   broker: mqtts://broker:8883    # or mqtt://
///   user: gateway-gw-1
///   password-file: secrets/mqtt
///   tls: { authorities: secrets/ca.pem }
/// influxdb:                        # leave out: the journal is the historian
///   url: http://historian:8086
///   database: patchedge            # 1.x and 3.x; for 2.x: organisation and bucket
///   user: writer                   # or token-file
///   password-file: secrets/influxdb
/// </code></example>
/// </remarks>
internal static class GatewayFile
{
    public const string FileName = "gateway.yaml";

    /// <exception cref="ConfigurationException">Anything in it was refused; carries every error.</exception>
    public static GatewayOptions Read(string path) => ConfigurationFile.Read(path, Read);

    /// <summary>As the other, from text; <paramref name="path"/> stands in errors and roots relative paths.</summary>
    public static GatewayOptions Parse(string text, string path) => ConfigurationFile.Parse(text, path, Read);

    private static GatewayOptions Read(ConfigurationSection root)
    {
        var name = root.NameOf("name");
        var pace = root.OptionalSection("pace");
        var report = pace?.Duration("report", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10)) ?? TimeSpan.FromSeconds(1);
        return new GatewayOptions
        {
            Name = name,
            Pki = root.FilePath("pki", "pki"),
            Journal = ReadJournal(root.FilePath("data", "data"), root.OptionalSection("journal")),
            Mqtt = root.OptionalSection("mqtt") is { } mqtt ? ReadMqtt(mqtt) : null,
            Influx = root.OptionalSection("influxdb") is { } influx ? ReadInflux(influx) : null,
            ReportPace = report,
            ReportValidity = pace?.Duration("valid-for", TimeSpan.FromSeconds(5), report * 2, TimeSpan.FromSeconds(30)) ?? TimeSpan.FromSeconds(5),
            HeartbeatPace = pace?.Duration("heartbeat", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30)) ?? TimeSpan.FromSeconds(2),
            AttestationPace = pace?.Duration("attestation", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)) ?? TimeSpan.FromSeconds(10),
            ApplicationUri = root.Text("application-uri", $"urn:{Environment.MachineName.ToLowerInvariant()}:patchedge:gateway:{Uri.EscapeDataString(name)}"),
            PasswordWithoutEncryption = root.Bool("password-without-encryption", false),
        };
    }

    private static JournalOptions ReadJournal(string directory, ConfigurationSection? section) => new()
    {
        Directory = directory,
        KeepFor = section?.Duration("keep-for", TimeSpan.FromDays(30), TimeSpan.FromHours(1)) ?? TimeSpan.FromDays(30),
        MaximumBytes = (section?.Int("maximum-mib", 2048, 16, 1024 * 1024) ?? 2048) * 1024L * 1024L,
        ReserveBytes = (section?.Int("reserve-mib", 32, 4, 4096) ?? 32) * 1024L * 1024L,
    };

    private static MqttOptions ReadMqtt(ConfigurationSection section) => new()
    {
        Broker = Address(section.Url("broker", null, "mqtt", "mqtts")),
        User = section.OptionalText("user"),
        Password = Secret(section, "password-file"),
        AuthorityFile = section.OptionalSection("tls")?.OptionalFilePath("authorities"),
        KeepAlive = section.Duration("keep-alive", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
    };

    private static InfluxOptions ReadInflux(ConfigurationSection section)
    {
        var options = new InfluxOptions
        {
            Url = Address(section.Url("url", null, "http", "https")),
            Dialect = section.OneOf("version", ["auto", "1", "2", "3"], "auto") switch
            {
                "1" => InfluxDialect.V1,
                "2" => InfluxDialect.V2,
                "3" => InfluxDialect.V3,
                _ => null,
            },
            Database = section.OptionalText("database"),
            RetentionPolicy = section.OptionalText("retention-policy"),
            Organisation = section.OptionalText("organisation"),
            Bucket = section.OptionalText("bucket"),
            User = section.OptionalText("user"),
            Password = Secret(section, "password-file"),
            Token = Secret(section, "token-file"),
            VerifyPace = section.OneOf("verify", ["on", "off"], "on") == "off" ? null : section.Duration("verify-every", TimeSpan.FromHours(1), TimeSpan.FromSeconds(10)),
            Timeout = section.Duration("timeout", TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
        };
        if (options.Database is null && options.Bucket is null)
            section.Error("", "needs a database (1.x, 3.x), or an organisation and a bucket (2.x)");
        if (options.Database is not null && options.Bucket is not null)
            section.Error("bucket", "cannot stand beside a database: name the one that the historian has");
        if (options.User is not null && options.Token is not null)
            section.Error("token-file", "cannot stand beside a user: name one way to sign in");
        return options;
    }

    private static Uri Address(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) ? address : new Uri("http://invalid/");

    private static string? Secret(ConfigurationSection section, string key)
    {
        if (section.OptionalFilePath(key) is not { Length: > 0 } path)
            return null;
        try
        {
            return SecretFile.ReadText(path);
        }
        catch (ConfigurationException exception)
        {
            section.Error(key, exception.Errors[0].Message + $" ({path})");
            return null;
        }
    }
}
