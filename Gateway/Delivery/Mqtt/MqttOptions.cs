namespace PatchEdge.Gateway.Delivery.Mqtt;

/// <summary>How to reach the broker.</summary>
internal sealed record MqttOptions
{
    /// <summary><c>mqtt://host:port</c>, or <c>mqtts://host:port</c> for TLS; 1883 and 8883 where no port is given.</summary>
    public required Uri Broker { get; init; }

    /// <summary>Null for none.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>PEM file of the authorities that the broker's certificate may come from; null uses those of the system.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The broker declares this gateway dead after one and a half times this.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan ShortestBackOff { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(15);

    public bool IsTls => Broker.Scheme == "mqtts";

    public int Port => Broker.Port > 0 ? Broker.Port : IsTls ? 8883 : 1883;
}
