using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Configuration;

/// <summary>What scheduler.yaml says, with every path absolute and every bound checked.</summary>
internal sealed record SchedulerOptions
{
    /// <summary>Of a scheduler that shares its database with no other.</summary>
    public const string OnlyName = "scheduler";

    /// <summary>Tells this scheduler from others of the same database.</summary>
    public string Name { get; init; } = OnlyName;

    /// <summary>PostgreSQL; null keeps everything in files of the data directory.</summary>
    public PostgresOptions? Database { get; init; }

    /// <summary>Where people reach the console, when it is not where it listens; null when it is.</summary>
    public string? Address { get; init; }

    /// <summary>Directory of the database, the keys of the local API, and the lock.</summary>
    public required string Data { get; init; }

    /// <summary>Address of the API and the console, such as <c>http://127.0.0.1:8080</c>; port 0 takes any free one.</summary>
    public required string Listen { get; init; }

    /// <summary>Certificate of an <c>https</c> address; null for <c>http</c>, which only a loopback address may have.</summary>
    public required TlsFiles? Tls { get; init; }

    /// <summary>File of the plant model.</summary>
    public required string Plant { get; init; }

    /// <summary>File of the private key that signs permits; made at the first start, its public half beside it as <c>.pub.pem</c>.</summary>
    public required string SigningKey { get; init; }

    /// <summary>The key may be another than the one that signed the ledger so far; said on the command line, at the first start after it was changed.</summary>
    public bool AcceptsNewKey { get; init; }

    /// <summary>Directory of job files.</summary>
    public required string Jobs { get; init; }

    /// <summary>Directory of calendars.</summary>
    public required string Calendars { get; init; }

    /// <summary>Directory of planned batches, as <c>*.ics</c> and <c>*.csv</c>; a missing one is an empty one.</summary>
    public string Batches { get; init; } = "";

    /// <summary>Directory of campaign files.</summary>
    public string Campaigns { get; init; } = "";

    /// <summary>How many hosts of the site may be under way at once.</summary>
    public int Concurrency { get; init; } = int.MaxValue;

    /// <summary>Added to what a job needs before it is asked whether it fits.</summary>
    public TimeSpan Margin { get; init; }

    /// <summary>Starts are spread over this long from a window's beginning.</summary>
    public TimeSpan StartJitter { get; init; }

    public required MqttOptions Mqtt { get; init; }

    /// <summary>What the site asks of people who sign.</summary>
    public TrainingPolicy Training { get; init; } = TrainingPolicy.None;

    /// <summary>How many different people must approve a job.</summary>
    public required int Approvals { get; init; }

    /// <summary>Lifetime of a permit or go-ahead from when the agent sent its nonce.</summary>
    public required TimeSpan PermitLifetime { get; init; }

    /// <summary>How often an offer is repeated while the gates stay open and the agent does not answer.</summary>
    public required TimeSpan OfferEvery { get; init; }

    /// <summary>Largest difference between a sender's clock and ours for which its message is evidence.</summary>
    public required TimeSpan ClockLimit { get; init; }

    /// <summary>How long host and lines must be healthy, without a break, before a run is done.</summary>
    public required TimeSpan VerifyFor { get; init; }

    /// <summary>How long verifying may take before the run is quarantined.</summary>
    public required TimeSpan VerifyWithin { get; init; }

    /// <summary>Silence of an executing agent after which its run is quarantined; longer than the longest reboot.</summary>
    public required TimeSpan AgentSilence { get; init; }

    /// <summary>How many attempts a job gets before a person must ask for another.</summary>
    public required int Attempts { get; init; }

    /// <summary>Pause between an expired attempt and the next.</summary>
    public required TimeSpan Rest { get; init; }

    /// <summary>How often a waiting run is woken when nothing else wakes it.</summary>
    public required TimeSpan WakeEvery { get; init; }

    /// <summary>Hosts of lines whose plant file says <c>hold: none</c> may be patched while a person stands by; else never.</summary>
    public bool AdvisoryRelease { get; init; }

    /// <summary>What a hold outlasts permit, longest procedure with rollback, and proof of health by.</summary>
    public required TimeSpan HoldMargin { get; init; }

    /// <summary>How long gaps, attestations and states of lines are kept for evidence packs.</summary>
    public TimeSpan ContinuityRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long the verdicts of a run that is over are kept whole; later only their changes of outcome are.</summary>
    public TimeSpan VerdictRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>What is known of procedures, by name.</summary>
    public required ImmutableDictionary<string, ProcedureFacts> Procedures { get; init; }
}

/// <summary>What the site knows of a procedure.</summary>
/// <param name="ExpectedDuration">How long it is expected to occupy a host; null takes its longest.</param>
/// <param name="Digest">The only digest that may be released; null accepts the one that is installed when the job is first armed.</param>
/// <param name="Reboot">Added for a reboot that the duration does not include.</param>
/// <param name="Rollback">Added so that a failure at the last step can still be rolled back in time.</param>
internal sealed record ProcedureFacts(TimeSpan? ExpectedDuration, string? Digest, TimeSpan Reboot = default, TimeSpan Rollback = default);

/// <summary>Exactly one of the two is set.</summary>
/// <param name="Embedded">The broker inside this process.</param>
/// <param name="Broker">A broker of the site's.</param>
internal sealed record MqttOptions(EmbeddedBrokerOptions? Embedded, ExternalBrokerOptions? Broker);

internal sealed record EmbeddedBrokerOptions
{
    /// <summary>Address to listen on.</summary>
    public required System.Net.IPEndPoint Listen { get; init; }

    /// <summary>Directory with one password file per client, named after the client's id; missing ones are made at the start.</summary>
    public required string Secrets { get; init; }

    public required int MaximumConnections { get; init; }

    /// <summary>Names of further clients that may watch the site and press the emergency stop.</summary>
    public required ImmutableArray<string> Operators { get; init; }

    /// <summary>PEM files; null listens without TLS, which only a loopback address may.</summary>
    public required TlsFiles? Tls { get; init; }
}

internal sealed record ExternalBrokerOptions
{
    /// <summary><c>mqtt://host:port</c> or, with TLS, <c>mqtts://host:port</c>.</summary>
    public required string Url { get; init; }

    public required string? User { get; init; }

    public required string? PasswordFile { get; init; }

    /// <summary>PEM file of the authority that signed the broker's certificate; null uses the machine's trust store.</summary>
    public required string? Authorities { get; init; }
}
