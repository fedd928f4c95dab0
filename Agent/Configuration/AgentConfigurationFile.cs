using PatchEdge.Agent.FleetLock;
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
            FleetLock = root.OptionalSection("fleet-lock") is { } fleetLock ? ReadFleetLock(fleetLock) : null,
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

    private static FleetLockOptions ReadFleetLock(ConfigurationSection section)
    {
        var listen = section.Url("listen", "http://127.0.0.1:8585", "http", "https");
        var plain = section.Bool("plain-http", false);
        var options = new FleetLockOptions
        {
            Listen = listen.EndsWith('/') ? listen : listen + "/",
            ClientId = section.Text("client-id"),
            Group = section.OptionalText("group"),
            SecretFile = section.OptionalFilePath("secret-file"),
            Tls = TlsFiles.Read(section.OptionalSection("tls")),
        };
        if (Uri.TryCreate(listen, UriKind.Absolute, out var url))
            CheckListen(section, url, options, plain);
        if (options.SecretFile is { } file)
            CheckSecret(section, file);
        return options;
    }

    /// <summary>Whoever reads the secret can have the host restarted under the next permit, so beyond this machine it is TLS.</summary>
    private static void CheckListen(ConfigurationSection section, Uri url, FleetLockOptions options, bool plain)
    {
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            section.Error("listen", "cannot contain a query or a fragment");
        if (url.Scheme == "https" && options.Tls is null)
            section.Error("listen", "is https and needs 'tls' with certificate and key (PEM files)");
        if (url.Scheme == "http" && options.Tls is not null)
            section.Error("tls", "is only used with https://: change the scheme of 'listen', or remove it");
        if (url.Scheme == "http" && !url.IsLoopback && !plain)
            section.Error("listen", "would carry its secret in the clear beyond this machine: use https with 'tls', listen on 127.0.0.1, or accept it with plain-http: true");
        if (!url.IsLoopback && options.SecretFile is null)
            section.Error("listen", "is open to the network: give a secret-file, which becomes part of the client's base URL");
        if (options.Tls is not { Certificate.Length: > 0, Key.Length: > 0 } tls)
            return;
        try
        {
            SecretFile.ReadText(tls.Key);
            tls.Load().Dispose();
        }
        catch (ConfigurationException exception)
        {
            section.Error("tls", $"{exception.Errors[0].File}: {exception.Errors[0].Message}");
        }
    }

    private static void CheckSecret(ConfigurationSection section, string file)
    {
        try
        {
            if (SecretFile.ReadText(file) is { } secret && (secret.Length < 16 || !secret.All(char.IsAsciiLetterOrDigit)))
                section.Error("secret-file", "needs at least 16 letters and digits, such as openssl rand -hex 32 makes: it becomes part of the clients' base URL");
        }
        catch (ConfigurationException exception)
        {
            section.Error("secret-file", exception.Errors[0].Message);
        }
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
