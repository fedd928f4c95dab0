using PatchEdge.Agent.FleetLock;

namespace PatchEdge.Agent.Configuration;

/// <summary>What agent.yaml says; every path is absolute.</summary>
internal sealed record AgentConfiguration
{
    public const string FileName = "agent.yaml";

    public required string Site { get; init; }

    public required string Host { get; init; }

    public ActsFor ActsFor { get; init; }

    /// <summary>Directory of the durable state, owned by one agent.</summary>
    public required string Data { get; init; }

    public required BrokerConfiguration Broker { get; init; }

    /// <summary>PEM file of the scheduler's public key: the only one whose permits count.</summary>
    public required string SchedulerKey { get; init; }

    /// <summary>Directory of the installed procedures.</summary>
    public required string Procedures { get; init; }

    /// <summary>File whose content changes with each start of the host; null asks the operating system.</summary>
    public string? BootId { get; init; }

    public required AgentTimings Timings { get; init; }

    /// <summary>Null when the host has no FleetLock client.</summary>
    public FleetLockOptions? FleetLock { get; init; }
}

/// <summary>Where the host is that the agent acts for.</summary>
internal enum ActsFor
{
    /// <summary>The agent runs on it.</summary>
    ThisHost,

    /// <summary>The agent runs elsewhere, such as on a control node, and reaches the host by its procedures' commands alone: its own boot says nothing about the host's.</summary>
    RemoteHost,
}

/// <summary>The MQTT broker and who we are to it.</summary>
internal sealed record BrokerConfiguration
{
    /// <summary><c>mqtt://host:port</c>, or <c>mqtts://</c> for TLS.</summary>
    public required Uri Url { get; init; }

    /// <summary>Null connects without a name.</summary>
    public string? User { get; init; }

    public string? PasswordFile { get; init; }

    /// <summary>PEM file of the authorities that may vouch for the broker; null trusts those of the system.</summary>
    public string? Authorities { get; init; }

    /// <summary>PEM files of the certificate that names us to the broker, and its key; both or neither.</summary>
    public string? Certificate { get; init; }

    public string? CertificateKey { get; init; }

    public bool IsEncrypted => Url.Scheme == "mqtts";
}

/// <summary>How long the agent waits, and how often it repeats.</summary>
internal sealed record AgentTimings
{
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Progress is told again after this until the run's end is acknowledged.</summary>
    public TimeSpan ProgressRepeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence for this long after a go-ahead was asked for means no.</summary>
    public TimeSpan GoAheadWait { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan GoAheadRepeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a run waits at a step's edge for a broker to ask, such as after a reboot.</summary>
    public TimeSpan ConnectionWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a step may go on after the agent was told to stop; then it is killed, and its outcome is unknown.</summary>
    public TimeSpan StopWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>No permit or go-ahead lives longer, whatever it says.</summary>
    public TimeSpan LongestLifetime { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan ReconnectFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan ReconnectLongest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A heartbeat may be relied on until the third one after it is missing.</summary>
    public TimeSpan HeartbeatValidity => Heartbeat * 3;
}
