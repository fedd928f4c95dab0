using System.Threading.Channels;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Server.Subscriptions.Items;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>
/// One subscription (Part 4 §5.13). Its loop alone samples and sends, so that messages leave in the order of their numbers and
/// a slow client slows nobody else. Order of the locks: state, variable, <see cref="QueueGate"/>.
/// </summary>
internal sealed partial class ServerSubscription : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly ServerLimits limits;
    private readonly TimeProvider timeProvider;
    private readonly Responder responder;
    private readonly Action<ServerSubscription> onExpired;
    private readonly CancellationTokenSource ended = new();
    private readonly Channel<byte> signal = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer timer;
    private readonly UaBinaryWriter message = new();
    private readonly UaBinaryWriter response = new();
    private readonly RetransmissionQueue sent;
    private readonly Queue<MonitoredItem> ready = new();
    private readonly Dictionary<uint, MonitoredItem> items = [];
    private SamplingGroup[] groups = [];
    private ServerSession? session;
    private long nextPublish;
    private uint lastItemId;
    private uint nextSequenceNumber = 1;
    private uint cyclesWithoutClient;
    private uint cyclesWithoutMessage;
    private bool isDue;
    private bool isFirst = true;
    private bool isClosed;
    private Task loop = Task.CompletedTask;

    public ServerSubscription(uint id, ServerSession session, SubscriptionParameters parameters, bool publishingEnabled, SubscriptionSurroundings surroundings)
    {
        Id = id;
        this.session = session;
        Parameters = parameters;
        PublishingEnabled = publishingEnabled;
        Owner = session.Owner;
        (limits, timeProvider, responder, onExpired) = (surroundings.Limits, surroundings.TimeProvider, surroundings.Responder, surroundings.OnExpired);
        sent = new RetransmissionQueue(limits.MaxRetransmissionMessages, limits.MaxRetransmissionBytes);
        timer = timeProvider.CreateTimer(static state => ((ServerSubscription)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public uint Id { get; }
    public SubscriptionParameters Parameters { get; private set; }
    public bool PublishingEnabled { get; private set; }
    public byte Priority => Parameters.Priority;

    /// <summary>Who may take the subscription over when its session is gone.</summary>
    public SessionOwner Owner { get; }

    /// <summary>Guards the queues of all items and the list of those with something to report. The innermost lock.</summary>
    public Lock QueueGate { get; } = new();

    /// <summary>Values in the queues of all items together. Under <see cref="QueueGate"/>.</summary>
    public int Waiting { get; private set; }

    /// <summary>Bytes of texts and arrays in the queues of all items together. Under <see cref="QueueGate"/>.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Queues may grow. Under <see cref="QueueGate"/>.</summary>
    public bool HasRoom => Waiting < limits.MaxQueuedValuesPerSubscription && WaitingBytes < limits.MaxQueuedBytesPerSubscription;

    /// <summary>An item's queue came to hold so many values and bytes more, or less. Under <see cref="QueueGate"/>.</summary>
    public void Account(int values, long bytes)
    {
        Waiting += values;
        WaitingBytes += bytes;
    }

    /// <summary>Null while no session has it: until a transfer or the end of its lifetime.</summary>
    public ServerSession? Session
    {
        get
        {
            lock (gate) return session;
        }
    }

    public int ItemCount
    {
        get
        {
            lock (gate) return items.Count;
        }
    }

    public void Start()
    {
        nextPublish = timeProvider.GetTimestamp() + Ticks(Parameters.PublishingInterval);
        loop = RunAsync();
    }

    /// <summary>Makes the loop look again: a Publish request came, or something changed.</summary>
    public void Wake() => signal.Writer.TryWrite(0);

    /// <summary>Puts an item with a value to report in line. Called under <see cref="QueueGate"/>.</summary>
    public void Ready(MonitoredItem item)
    {
        if (item.IsReady) return;
        item.IsReady = true;
        ready.Enqueue(item);
    }

    /// <summary>The client spoke of this subscription: its lifetime begins anew.</summary>
    public void Touch()
    {
        lock (gate) cyclesWithoutClient = 0;
    }

    public void Modify(SubscriptionParameters parameters)
    {
        lock (gate)
        {
            Parameters = parameters;
            nextPublish = timeProvider.GetTimestamp() + Ticks(parameters.PublishingInterval);
            cyclesWithoutClient = 0;
        }
        Wake();
    }

    public void SetPublishing(bool enabled)
    {
        lock (gate)
        {
            PublishingEnabled = enabled;
            cyclesWithoutClient = 0;
        }
    }

    public bool Acknowledge(uint sequenceNumber)
    {
        lock (gate)
        {
            cyclesWithoutClient = 0;
            return sent.Remove(sequenceNumber);
        }
    }

    /// <summary>The encoded notification message; null when it is no longer there.</summary>
    public byte[]? FindSent(uint sequenceNumber)
    {
        lock (gate)
        {
            cyclesWithoutClient = 0;
            return sent.Find(sequenceNumber);
        }
    }

    /// <summary>Gives the subscription to another session, or to none; what was late moves along.</summary>
    public uint[] MoveTo(ServerSession? next, bool sendInitialValues)
    {
        ServerSession? left;
        uint[] available;
        lock (gate)
        {
            left = session;
            session = next;
            cyclesWithoutClient = 0;
            available = sent.Available();
        }
        left?.Publishes.Leave(this);
        if (sendInitialValues)
        {
            foreach (MonitoredItem item in Items())
                if (item.IsReporting) item.Refresh();
        }
        Wake();
        return available;
    }

    /// <summary>Number for a message about the subscription's end, which no retransmission queue keeps.</summary>
    public uint LastSequenceNumber()
    {
        lock (gate) return nextSequenceNumber;
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (isClosed) return;
            isClosed = true;
        }
        Session?.Publishes.Leave(this);
        await ended.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        await timer.DisposeAsync().ConfigureAwait(false);
        foreach (MonitoredItem item in Items()) item.Delete();
        lock (gate)
        {
            sent.Dispose();
            message.Dispose();
            response.Dispose();
        }
        ended.Dispose();
    }

    /// <summary>Intervals of a group that have passed by now.</summary>
    public long IntervalsPassed(SamplingGroup group) => group.PassedBy(timeProvider.GetTimestamp(), Ticks(group.Interval));

    private long Ticks(TimeSpan span) => Math.Max(1, (long)(span.TotalSeconds * timeProvider.TimestampFrequency));
}
