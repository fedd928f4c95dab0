using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Configuration;

/// <summary>Reads agent.yaml.</summary>
internal static class AgentConfigurationFile
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    /// <param name="path">The file, or the directory that holds it.</param>
    /// <exception cref="ConfigurationException">With every error.</exception>
    public static AgentConfiguration Read(string path) =>
        ConfigurationFile.Read(Directory.Exists(path) ? Path.Combine(path, AgentConfiguration.FileName) : path, Read);

    private static AgentConfiguration Read(ConfigurationSection root)
    {
        if (OwnerOnly.Refusal(Path.GetFullPath(root.File)) is { } open)
            root.Error("", open);
        return new AgentConfiguration
        {
            Site = root.NameOf("site"),
            Host = root.NameOf("host"),
            ActsFor = root.Choice<ActsFor>("acts-for", ActsFor.ThisHost),
            Data = root.FilePath("data"),
            Broker = ReadBroker(root.Section("mqtt")),
            SchedulerKey = ReadKeyPath(root),
            Procedures = root.FilePath("procedures", "procedures"),
            BootId = root.OptionalFilePath("boot-id"),
            Timings = root.OptionalSection("timings") is { } timings ? ReadTimings(timings) : new AgentTimings(),
        };
    }

    private static string ReadKeyPath(ConfigurationSection root)
    {
        var path = root.FilePath("scheduler-key");
        if (path.Length > 0 && OwnerOnly.Refusal(path) is { } open)
            root.Error("scheduler-key", open);
        return path;
    }

    private static BrokerConfiguration ReadBroker(ConfigurationSection mqtt)
    {
        var url = mqtt.Url("broker", null, "mqtt", "mqtts");
        var tls = mqtt.OptionalSection("tls");
        var broker = new BrokerConfiguration
        {
            Url = new Uri(url.Length == 0 ? "mqtt://absent" : url),
            User = mqtt.OptionalText("user"),
            PasswordFile = mqtt.OptionalFilePath("password-file"),
            Authorities = tls?.OptionalFilePath("authorities"),
            Certificate = tls?.OptionalFilePath("certificate"),
            CertificateKey = tls?.OptionalFilePath("certificate-key"),
        };
        if (broker.PasswordFile is not null && broker.User is null)
            mqtt.Error("password-file", "needs a user beside it: add the key user");
        if (tls is not null && !broker.IsEncrypted && url.Length > 0)
            mqtt.Error("tls", "is only used with mqtts://: change the broker's scheme, or remove it");
        if ((broker.Certificate is null) != (broker.CertificateKey is null))
            tls!.Error("certificate", "certificate and certificate-key belong together: give both or neither");
        return broker;
    }

    private static AgentTimings ReadTimings(ConfigurationSection timings)
    {
        var usual = new AgentTimings();
        TimeSpan Read(string key, TimeSpan fallback, TimeSpan longest) => timings.Duration(key, fallback, Shortest, longest);
        return new AgentTimings
        {
            Heartbeat = Read("heartbeat", usual.Heartbeat, TimeSpan.FromMinutes(1)),
            ProgressRepeat = Read("progress-repeat", usual.ProgressRepeat, TimeSpan.FromMinutes(10)),
            GoAheadWait = Read("go-ahead-wait", usual.GoAheadWait, TimeSpan.FromMinutes(10)),
            GoAheadRepeat = Read("go-ahead-repeat", usual.GoAheadRepeat, TimeSpan.FromMinutes(1)),
            ConnectionWait = Read("connection-wait", usual.ConnectionWait, TimeSpan.FromHours(1)),
            StopWait = Read("stop-wait", usual.StopWait, TimeSpan.FromMinutes(30)),
            LongestLifetime = Read("longest-lifetime", usual.LongestLifetime, TimeSpan.FromMinutes(10)),
            ReconnectFirst = Read("reconnect-first", usual.ReconnectFirst, TimeSpan.FromMinutes(1)),
            ReconnectLongest = Read("reconnect-longest", usual.ReconnectLongest, TimeSpan.FromMinutes(10)),
        };
    }
}
