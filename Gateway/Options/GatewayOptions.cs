using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Options;

/// <summary>What <c>gateway.yaml</c> says, checked.</summary>
internal sealed record GatewayOptions
{
    /// <summary>This gateway's name in the plant file.</summary>
    public required string Name { get; init; }

    /// <summary>Directory of the own certificate and the trust lists.</summary>
    public required string Pki { get; init; }

    public required JournalOptions Journal { get; init; }

    /// <summary>Null publishes nothing: then no scheduler hears of this gateway.</summary>
    public MqttOptions? Mqtt { get; init; }

    /// <summary>Null leaves the journal as the only historian.</summary>
    public InfluxOptions? Influx { get; init; }

    /// <summary>Longest time between two reports of a line that does not change.</summary>
    public required TimeSpan ReportPace { get; init; }

    /// <summary>How long a report may be relied on.</summary>
    public required TimeSpan ReportValidity { get; init; }

    public required TimeSpan HeartbeatPace { get; init; }

    public required TimeSpan AttestationPace { get; init; }

    /// <summary>URI in the own certificate.</summary>
    public required string ApplicationUri { get; init; }

    /// <summary>Servers may be sent a password in clear. Said at each start.</summary>
    public bool PasswordWithoutEncryption { get; init; }
}
