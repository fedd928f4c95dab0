using System.Buffers;
using MQTTnet;

namespace PatchEdge.Simulation.Machine;

/// <summary>The broker and the network in one: delivers to whoever listens, after a while, or not at all, or twice.</summary>
internal sealed class Wire(World world)
{
    private readonly List<WireClient> clients = [];

    public WireTemper Temper { get; set; } = WireTemper.Calm;

    /// <summary>Sees every message as it is sent, and as it is taken.</summary>
    public event Action<string, ReadOnlyMemory<byte>>? Sent;

    public event Action<string, ReadOnlyMemory<byte>, bool>? Taken;

    /// <summary>Hears what the network did to a message: its topic, and what.</summary>
    public event Action<string, WireFault>? Did;

    public void Join(WireClient client) => clients.Add(client);

    public void Leave(WireClient client) => clients.Remove(client);

    /// <summary>Every connection is cut; each comes back when its program brings it back.</summary>
    public void Cut()
    {
        foreach (var client in clients.ToList())
            client.Drop();
    }

    public void Send(MqttApplicationMessage message) => Send(
        message.Topic, message.Payload.ToArray(), TimeSpan.FromSeconds(message.MessageExpiryInterval == 0 ? uint.MaxValue : message.MessageExpiryInterval));

    public void Send(string topic, byte[] payload, TimeSpan expiry)
    {
        Sent?.Invoke(topic, payload);
        if (Temper.Drops(topic, payload))
            return;
        var slow = Temper.Slows(topic);
        var often = IsSeldom(topic) ? Temper.Seldom : 1;
        foreach (var client in clients.ToList())
        {
            if (!client.Hears(topic))
                continue;
            if (slow is { } always)
            {
                Deliver(client, topic, payload, always, TimeSpan.MaxValue, retained: false);
                continue;
            }

            if (Temper.KeepsPermits && topic.EndsWith("/permit", StringComparison.Ordinal))
            {
                Keep(client, topic, payload, world.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(8)));
                continue;
            }

            var repeated = world.Chance(Temper.Repeat * often);
            if (repeated)
                Did?.Invoke(topic, WireFault.Repeated);
            for (var copies = repeated ? 2 : 1; copies > 0; copies--)
                if (world.Chance(Temper.Loss * often))
                    Did?.Invoke(topic, WireFault.Lost);
                else
                    Deliver(client, topic, payload, Delay(topic), expiry, retained: false);
            if (world.Chance(Temper.Hoard * often))
                Keep(client, topic, payload, world.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(100)));
        }
    }

    private void Keep(WireClient client, string topic, byte[] payload, TimeSpan delay)
    {
        Did?.Invoke(topic, WireFault.Kept);
        Deliver(client, topic, payload, delay, TimeSpan.MaxValue, retained: !Temper.ForgetsThatItKept, hoarded: true);
    }

    /// <summary>What is not said again every few seconds anyway.</summary>
    private static bool IsSeldom(string topic) => !topic.EndsWith("/status", StringComparison.Ordinal) && !topic.EndsWith("/coverage", StringComparison.Ordinal)
        && !topic.EndsWith("/progress", StringComparison.Ordinal) && !topic.Contains("/line/", StringComparison.Ordinal);

    private TimeSpan Delay(string topic)
    {
        if (!world.Chance(Temper.Late))
            return world.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(60));
        Did?.Invoke(topic, WireFault.Late);
        return world.Chance(0.8) ? world.Between(TimeSpan.FromMilliseconds(60), TimeSpan.FromSeconds(6)) : world.Between(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(50));
    }

    private void Deliver(WireClient client, string topic, byte[] payload, TimeSpan delay, TimeSpan expiry, bool retained, bool hoarded = false)
    {
        if (delay > expiry)
            return;
        world.After(delay, () => client.Take(topic, payload, retained, () => Taken?.Invoke(topic, payload, retained || hoarded)));
    }
}

/// <summary>What a network does to a message besides delivering it.</summary>
internal enum WireFault
{
    Lost,
    Repeated,

    /// <summary>By seconds or most of a minute: others overtake it.</summary>
    Late,

    /// <summary>A copy comes much later as retained.</summary>
    Kept,
}
