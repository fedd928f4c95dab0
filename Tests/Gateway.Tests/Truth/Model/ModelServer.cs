using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>An OPC UA server and the equipment behind it, which goes on whether or not the server sees it.</summary>
internal sealed class ModelServer
{
    private readonly World world;
    private readonly ScenarioPlan plan;
    private readonly TruthLog truth;
    private readonly Produced[] present;
    private int incarnation;

    /// <param name="index">Index in the plant.</param>
    /// <param name="world">Its time.</param>
    /// <param name="plan">How it publishes.</param>
    /// <param name="truth">Hears of every value.</param>
    public ModelServer(int index, World world, ScenarioPlan plan, TruthLog truth)
    {
        (Index, this.world, this.plan, this.truth) = (index, world, plan, truth);
        Tags = [.. Enumerable.Range(index * PlantTag.Kinds.Length, PlantTag.Kinds.Length)];
        present = [.. Tags.Select(tag => truth.Produce(tag, Clock, StatusCodes.Good))];
        foreach (var tag in Tags)
            Schedule(tag);
    }

    public int Index { get; }

    public IReadOnlyList<int> Tags { get; }

    /// <summary>Who receives what is published; set once.</summary>
    public ModelClient Client { get; set; } = null!;

    public bool IsUp { get; private set; } = true;

    /// <summary>The process stands still: it neither looks at its equipment nor answers.</summary>
    public bool IsHung { get; private set; }

    public bool KnowsSession { get; set; }

    public bool IsRunning { get; set; } = true;

    /// <summary>Server's clock minus true time, in milliseconds.</summary>
    public long ClockOffset { get; set; }

    public ModelSubscription? Subscription { get; set; }

    public bool Answers => IsUp && !IsHung;

    public DateTime Clock => truth.Zero.AddMilliseconds(world.Now + ClockOffset).UtcDateTime;

    /// <summary>How long until a tag changes again by itself; null stops it.</summary>
    public Dictionary<int, long?> Silenced { get; } = [];

    public IReadOnlyList<Produced> Present => present;

    /// <summary>Tags whose nodes it does not have.</summary>
    public HashSet<int> Missing { get; } = [];

    public Produced PresentOf(int tag) => present[tag - Tags[0]];

    public void Produce(int tag, StatusCode status)
    {
        var value = truth.Produce(tag, Clock, status);
        present[tag - Tags[0]] = value;
        if (Answers)
            Subscription?.Enqueue(value);
    }

    public void Produce(int tag) => Produce(tag, present[tag - Tags[0]].Status);

    public void Crash()
    {
        IsUp = false;
        (KnowsSession, Subscription) = (false, null);
        incarnation++;
        Client.Disconnect();
    }

    public void Start() => IsUp = true;

    public void Hang() => IsHung = true;

    /// <summary>It looks at its equipment again, and sees only what is there now.</summary>
    public void Resume()
    {
        IsHung = false;
        if (Subscription is not { } subscription)
            return;
        foreach (var value in present)
            if (subscription.Sampled.GetValueOrDefault(value.Tag, -1) != value.Number)
                subscription.Enqueue(value);
    }

    /// <param name="items">Tags, and how the gateway numbers them.</param>
    public void Subscribe(IEnumerable<(int Tag, int Source)> items)
    {
        var mine = ++incarnation;
        Subscription = new ModelSubscription(plan.QueueSize, plan.KeepAliveCount, lifetimeCount: 3 * plan.KeepAliveCount + 5);
        foreach (var (tag, source) in items.Where(item => !Missing.Contains(item.Tag)))
            Subscription.Add(PresentOf(tag), source);
        world.At(world.Now + plan.PublishingMs, () => Cycle(mine));
    }

    /// <summary>What is due goes out, if a client has asked for it: even to one that is gone.</summary>
    public void Publish()
    {
        if (Answers && Subscription is { IsDue: true } subscription && (Client.IsPublishing || Client.HasAskedInVain()))
            Client.Receive(subscription.Take(Clock, truth.Wall));
    }

    private void Cycle(int mine)
    {
        if (mine != incarnation || Subscription is null)
            return;
        world.At(world.Now + plan.PublishingMs, () => Cycle(mine));
        if (!Answers)
            return;
        if (!Subscription.EndCycle(Client.IsConnected))
        {
            Subscription = null;
            return;
        }

        Publish();
    }

    private void Schedule(int tag)
    {
        if (PlantTag.Of(tag).Pace(plan, world.Random) is not { } pace)
            return;
        world.At(world.Now + pace, () =>
        {
            if (!Silenced.ContainsKey(tag))
                Produce(tag);
            Schedule(tag);
        });
    }
}
