using System.Buffers;
using MQTTnet;

namespace PatchEdge.Simulation.Machine;

/// <summary>How the wire behaves.</summary>
internal sealed record WireTemper
{
    public double Loss { get; init; }

    public double Repeat { get; init; }

    /// <summary>How often a message is late: by seconds, seldom by most of a minute.</summary>
    public double Late { get; init; }

    /// <summary>How often a copy is kept and delivered much later as retained, whatever its sender said and whenever it expired.</summary>
    public double Hoard { get; init; }

    /// <summary>Every permit is lost on its way, and a kept copy of it comes some seconds later.</summary>
    public bool KeepsPermits { get; init; }

    /// <summary>What was kept is delivered as if it were meant now: the mutant of a broker.</summary>
    public bool ForgetsThatItKept { get; init; }

    public static WireTemper Calm { get; } = new();

    public static WireTemper Rough { get; } = new() { Loss = 0.03, Repeat = 0.05, Late = 0.06, Hoard = 0.05 };
}

/// <summary>The broker and the network in one: delivers to whoever listens, after a while, or not at all, or twice.</summary>
internal sealed class Wire(World world)
{
    private readonly List<WireClient> clients = [];

    public WireTemper Temper { get; set; } = WireTemper.Calm;

    /// <summary>Sees every message as it is sent, and as it is taken.</summary>
    public event Action<string, ReadOnlyMemory<byte>>? Sent;

    public event Action<string, ReadOnlyMemory<byte>, bool>? Taken;

    public void Join(WireClient client) => clients.Add(client);

    public void Leave(WireClient client) => clients.Remove(client);

    /// <summary>Every connection is cut; each comes back when its program brings it back.</summary>
    public void Cut()
    {
        foreach (var client in clients.ToList())
            client.Drop();
    }

    public void Send(MqttApplicationMessage message)
    {
        var payload = message.Payload.ToArray();
        Sent?.Invoke(message.Topic, payload);
        var expiry = TimeSpan.FromSeconds(message.MessageExpiryInterval == 0 ? uint.MaxValue : message.MessageExpiryInterval);
        foreach (var client in clients.ToList())
        {
            if (!client.Hears(message.Topic))
                continue;
            if (Temper.KeepsPermits && message.Topic.EndsWith("/permit", StringComparison.Ordinal))
            {
                Deliver(client, message.Topic, payload, world.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(8)), TimeSpan.MaxValue, retained: !Temper.ForgetsThatItKept, hoarded: true);
                continue;
            }

            for (var copies = world.Chance(Temper.Repeat) ? 2 : 1; copies > 0; copies--)
                if (!world.Chance(Temper.Loss))
                    Deliver(client, message.Topic, payload, Delay(), expiry, retained: false);
            if (world.Chance(Temper.Hoard))
                Deliver(client, message.Topic, payload, world.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(100)), TimeSpan.MaxValue, retained: !Temper.ForgetsThatItKept, hoarded: true);
        }
    }

    private TimeSpan Delay() => !world.Chance(Temper.Late) ? world.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(60))
        : world.Chance(0.8) ? world.Between(TimeSpan.FromMilliseconds(60), TimeSpan.FromSeconds(6))
        : world.Between(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(50));

    private void Deliver(WireClient client, string topic, byte[] payload, TimeSpan delay, TimeSpan expiry, bool retained, bool hoarded = false)
    {
        if (delay > expiry)
            return;
        world.After(delay, () => client.Take(topic, payload, retained, () => Taken?.Invoke(topic, payload, retained || hoarded)));
    }
}
