using System.Collections.Immutable;
using System.Net;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Configuration;

/// <summary>Reads scheduler.yaml.</summary>
internal static class SchedulerFile
{
    public const string Name = "scheduler.yaml";

    /// <exception cref="ConfigurationException">With every error in the file.</exception>
    public static SchedulerOptions Read(string directory) => ConfigurationFile.Read(Path.Combine(directory, Name), ReadRoot);

    private static SchedulerOptions ReadRoot(ConfigurationSection root) => new()
    {
        Name = ReadName(root),
        Data = root.FilePath("data", "data"),
        Database = ReadDatabase(root.OptionalSection("database")),
        Listen = ReadListen(root),
        Address = root.OptionalUrl("address", "http", "https"),
        Tls = TlsFiles.Read(root.OptionalSection("tls")),
        Plant = root.FilePath("plant", "plant.yaml"),
        SigningKey = root.FilePath("signing-key", "secrets/scheduler.key.pem"),
        Jobs = root.FilePath("jobs", "jobs"),
        Calendars = root.FilePath("calendars", "calendars"),
        Batches = root.FilePath("batches", "batches"),
        Campaigns = root.FilePath("campaigns", "campaigns"),
        Concurrency = root.Int("concurrency", int.MaxValue, 1),
        Margin = Seconds(root, "margin", 300, 0, 86_400),
        StartJitter = Seconds(root, "start-jitter", 0, 0, 86_400),
        Training = ReadTraining(root.OptionalSection("training")),
        Mqtt = ReadMqtt(root),
        Approvals = root.Int("approvals", 1, 1, 10),
        PermitLifetime = Seconds(root, "permit-lifetime", 30, 2, 300),
        OfferEvery = Seconds(root, "offer-every", 5, 1, 300),
        ClockLimit = root.Duration("clock-limit", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60)),
        VerifyFor = Seconds(root, "verify-for", 60, 1, 86_400),
        VerifyWithin = Seconds(root, "verify-within", 1_800, 5, 172_800),
        AgentSilence = Seconds(root, "agent-silence", 900, 5, 86_400),
        Attempts = root.Int("attempts", 5, 1, 100),
        Rest = Seconds(root, "rest", 30, 0, 86_400),
        WakeEvery = Seconds(root, "wake-every", 10, 1, 3_600),
        AdvisoryRelease = root.Bool("advisory-release", false),
        HoldMargin = Seconds(root, "hold-margin", 300, 10, 86_400),
        ContinuityRetention = root.Duration("continuity-retention", TimeSpan.FromDays(90), TimeSpan.FromDays(1), TimeSpan.FromDays(3_650)),
        VerdictRetention = root.Duration("verdict-retention", TimeSpan.FromDays(90), TimeSpan.FromDays(1), TimeSpan.FromDays(3_650)),
        Procedures = root.Named("procedures").ToImmutableDictionary(
            procedure => procedure.Name,
            procedure => new ProcedureFacts(procedure.OptionalDuration("expected-duration", TimeSpan.FromSeconds(1)), ReadDigest(procedure, "digest"),
                Seconds(procedure, "reboot", 0, 0, 86_400), Seconds(procedure, "rollback", 0, 0, 86_400)),
            StringComparer.Ordinal),
    };

    /// <summary>A SHA-256 in hex; null when absent.</summary>
    public static string? ReadDigest(ConfigurationSection section, string key)
    {
        var digest = section.OptionalText(key)?.ToLowerInvariant();
        if (digest is null || (digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower)))
            return digest;
        section.Error(key, "must be a SHA-256 digest: 64 hexadecimal digits, as sha256sum prints it");
        return null;
    }

    private static TrainingPolicy ReadTraining(ConfigurationSection? training)
    {
        if (training is null)
            return TrainingPolicy.None;
        var policy = new TrainingPolicy(training.Texts("approve"), training.Texts("override")) { Records = training.FilePath("records", "training") };
        foreach (var name in policy.Approve.Concat(policy.Override).Where(name => name.Length > TrainingTable.LongestName))
            training.Error(policy.Approve.Contains(name) ? "approve" : "override", $"has a qualification of more than {TrainingTable.LongestName} characters: shorten its name, in the tables too");
        if (policy.Approve.IsEmpty && policy.Override.IsEmpty)
            training.Error("approve", "names no qualification, and neither does 'override': list some, such as [GMP patching], or leave 'training' out");
        return policy;
    }

    /// <summary>Schedulers that share a database are told apart by their names, so none is assumed then.</summary>
    private static string ReadName(ConfigurationSection root)
    {
        var name = root.OptionalName("name");
        if (name is null && root.Has("database"))
            root.Error("name", "is needed beside 'database': a name of its own for each scheduler of that database, such as east");
        return name ?? SchedulerOptions.OnlyName;
    }

    private static PostgresOptions? ReadDatabase(ConfigurationSection? database)
    {
        if (database is null)
            return null;
        var text = database.Url("url", null, "postgresql", "postgres");
        var tls = database.OptionalSection("tls");
        var options = new PostgresOptions
        {
            Host = "127.0.0.1",
            Port = PostgresOptions.DefaultPort,
            Database = "patchedge",
            User = database.Text("user", "patchedge"),
            PasswordFile = database.OptionalFilePath("password-file"),
            Tls = tls is not null,
            Authorities = tls?.OptionalFilePath("authorities"),
            Lease = database.Duration("lease", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5)),
            BrokerPatience = database.Duration("broker-patience", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2), TimeSpan.FromHours(1)),
        };
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            return options;
        var name = Uri.UnescapeDataString(url.AbsolutePath.Trim('/'));
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || url.Query.Length > 0)
            database.Error("url", "must name a host and a database, such as postgresql://db.example:5432/patchedge");
        if (tls is null && !url.IsLoopback)
            database.Error("url", "would carry the record in the clear beyond this machine: add 'tls', with 'authorities' when the machine does not trust the server's certificate");
        return options with { Host = url.Host.Trim('[', ']'), Port = url.Port > 0 ? url.Port : PostgresOptions.DefaultPort, Database = name };
    }

    private static MqttOptions ReadMqtt(ConfigurationSection root)
    {
        var mqtt = root.OptionalSection("mqtt");
        var embedded = mqtt?.OptionalSection("embedded");
        if (mqtt?.OptionalUrl("broker", "mqtt", "mqtts") is { } broker)
        {
            if (embedded is not null)
                mqtt.Error("broker", "stands beside 'embedded': keep one of the two");
            return new MqttOptions(null, new ExternalBrokerOptions
            {
                Url = broker,
                User = mqtt.OptionalText("user"),
                PasswordFile = mqtt.OptionalFilePath("password-file"),
                Authorities = mqtt.OptionalSection("tls")?.OptionalFilePath("authorities"),
            });
        }

        var secrets = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(root.File))!, "secrets", "mqtt");
        return new MqttOptions(ReadEmbedded(embedded, secrets), null);
    }

    private static EmbeddedBrokerOptions ReadEmbedded(ConfigurationSection? embedded, string secrets)
    {
        var options = new EmbeddedBrokerOptions
        {
            Listen = ReadEndPoint(embedded, "listen", new IPEndPoint(IPAddress.Loopback, 1883)),
            Secrets = embedded?.OptionalFilePath("secrets") ?? secrets,
            MaximumConnections = embedded?.Int("maximum-connections", 256, 4, 10_000) ?? 256,
            Operators = [.. embedded?.List("operators").Select(item => item.AsName()) ?? []],
            Tls = TlsFiles.Read(embedded?.OptionalSection("tls")),
        };
        if (options.Tls is null && !IPAddress.IsLoopback(options.Listen.Address))
            embedded!.Error("listen", "would carry passwords in the clear beyond this machine: add 'tls' with certificate and key, or listen on 127.0.0.1");
        return options;
    }

    /// <summary>Passwords and tokens go over it, so it is TLS wherever it leaves the machine.</summary>
    private static string ReadListen(ConfigurationSection root)
    {
        var listen = root.Url("listen", "http://127.0.0.1:8080", "http", "https");
        if (!Uri.TryCreate(listen, UriKind.Absolute, out var url))
            return listen;
        if (url.Scheme == "http" && !url.IsLoopback)
            root.Error("listen", "would carry passwords in the clear beyond this machine: use https with 'tls', or listen on 127.0.0.1 behind a proxy");
        if (url.Scheme == "https" && !root.Has("tls"))
            root.Error("listen", "is https and needs 'tls' with certificate and key (PEM files)");
        return listen;
    }

    private static IPEndPoint ReadEndPoint(ConfigurationSection? section, string key, IPEndPoint fallback)
    {
        if (section?.OptionalText(key) is not { } text)
            return fallback;
        if (IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':', StringComparison.Ordinal))
            return endPoint;
        section.Error(key, "must be an address and a port, such as 127.0.0.1:1883 or [::1]:1883");
        return fallback;
    }

    private static TimeSpan Seconds(ConfigurationSection section, string key, int fallback, int minimum, int maximum) =>
        section.Duration(key, TimeSpan.FromSeconds(fallback), TimeSpan.FromSeconds(minimum), TimeSpan.FromSeconds(maximum));
}
