using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Server.Attributes;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions.Items;

/// <summary>
/// One monitored item (Part 4 §5.12.1). A variable that is fed calls <see cref="OnValue"/>; with a sampling interval that only
/// marks the item for the next sample, without one (interval 0) every change is queued as it comes.
/// The queue and all that decides on it is guarded by the subscription's <see cref="ServerSubscription.QueueGate"/>.
/// </summary>
internal sealed class MonitoredItem
{
    private readonly ServerSubscription subscription;
    private readonly Node node;
    private readonly uint attributeId;
    private readonly NumericRange range;
    private ValueQueue queue;
    private ChangeRule rule;
    private DataValue last;
    private bool hasLast;
    private int isMarked;

    // Samples that may still be taken, as of an interval of the group: one more comes with each that passes.
    private long credit = InitialCredit;
    private long creditedAt;
    private const long InitialCredit = 2;
    private const long MostCredit = 4;

    public MonitoredItem(uint id, ServerSubscription subscription, Node node, uint attributeId, NumericRange range)
    {
        Id = id;
        this.subscription = subscription;
        this.node = node;
        this.attributeId = attributeId;
        this.range = range;
    }

    public uint Id { get; }
    public uint ClientHandle { get; private set; }
    public MonitoringMode Mode { get; private set; } = MonitoringMode.Disabled;
    public TimestampsToReturn Timestamps { get; private set; }
    public SamplingGroup? Group { get; private set; }
    public Node Node => node;

    /// <summary>The variable when its value is monitored; null for other attributes.</summary>
    public VariableNode? Variable => attributeId == AttributeIds.Value ? node as VariableNode : null;

    /// <summary>Place among the watchers of its variable, which keeps it.</summary>
    public int WatcherIndex { get; set; } = -1;

    /// <summary>In the subscription's list of items with something to report, which keeps it.</summary>
    public bool IsReady { get; set; }

    public bool IsDeleted { get; private set; }

    /// <summary>Nobody tells it of changes: a computed variable, or an attribute other than Value.</summary>
    public bool IsPolled => Variable is null or { IsComputed: true };

    /// <summary>Takes parameters over; the queue starts empty when its size or policy changes.</summary>
    public void Configure(uint clientHandle, TimestampsToReturn timestamps, ChangeRule changeRule, int queueSize, bool discardOldest, SamplingGroup? group)
    {
        SamplingGroup? left = Group;
        lock (subscription.QueueGate)
        {
            ClientHandle = clientHandle;
            Timestamps = timestamps;
            rule = changeRule;
            var waiting = queue;
            queue = new ValueQueue(queueSize, discardOldest);
            subscription.Account(-waiting.Count, -waiting.Bytes);
            while (waiting.Count > 0) queue.Add(waiting.Take());
            subscription.Account(queue.Count, queue.Bytes);
            Group = group;
            creditedAt = group?.Passed ?? 0;
        }
        if (left == group) return;
        left?.Poll(this, wanted: false);
        // A mark in the group left behind must not keep the item from being marked in the new one.
        Volatile.Write(ref isMarked, 0);
        if (Mode != MonitoringMode.Disabled) Join();
    }

    /// <summary>Changes the mode; leaving Disabled takes a first sample, entering it forgets what waited (Part 4, SetMonitoringMode).</summary>
    public void SetMode(MonitoringMode mode)
    {
        MonitoringMode before;
        lock (subscription.QueueGate)
        {
            if (IsDeleted) return;
            before = Mode;
            Mode = mode;
            if (mode == MonitoringMode.Disabled)
            {
                Forget();
                hasLast = false;
            }
            else if (mode == MonitoringMode.Reporting && queue.Count > 0)
            {
                subscription.Ready(this);
            }
        }
        if (before == MonitoringMode.Disabled && mode != MonitoringMode.Disabled)
        {
            Join();
            Refresh();
        }
        if (mode == MonitoringMode.Disabled) Group?.Poll(this, wanted: false);
    }

    /// <summary>Begins to watch, once configured.</summary>
    public void Start(MonitoringMode mode)
    {
        Variable?.Watch(this);
        SetMode(mode);
        // Deleted meanwhile with its subscription: the variable must not keep it.
        if (IsDeleted) Variable?.Unwatch(this);
    }

    public void Delete()
    {
        lock (subscription.QueueGate)
        {
            IsDeleted = true;
            Mode = MonitoringMode.Disabled;
            Forget();
        }
        Variable?.Unwatch(this);
        Group?.Poll(this, wanted: false);
    }

    /// <summary>Queues the current value whether or not it changed: the first sample, or one that a transfer asks for.</summary>
    public void Refresh()
    {
        if (Variable is { } variable) variable.GiveCurrent(this);
        else OnFirstValue(Attributes.AttributeReader.Read(node, attributeId));
    }

    public void OnFirstValue(in DataValue value)
    {
        lock (subscription.QueueGate)
        {
            hasLast = false;
            Enqueue(in value);
        }
    }

    /// <summary>Called by the variable under its own lock, in the order of the changes.</summary>
    public void OnValue(in DataValue previous, in DataValue value)
    {
        if (Mode == MonitoringMode.Disabled) return;
        if (Group is not { } group)
        {
            lock (subscription.QueueGate) Enqueue(in value);
            return;
        }
        if (Volatile.Read(ref isMarked) != 0) SampleEarly(group, in previous);
        else if (Interlocked.Exchange(ref isMarked, 1) == 0) group.Changed(this);
    }

    /// <summary>Takes a sample. Called by the sampling group from the subscription's loop.</summary>
    public void Sample()
    {
        if (Variable is { IsComputed: false } variable)
        {
            variable.GiveSample(this);
            return;
        }
        OnSample(Variable is { } computed ? computed.Value : AttributeReader.Read(node, attributeId));
    }

    /// <summary>
    /// Called by the variable under its own lock, so that each change comes before the sample or after it: one between the mark's
    /// end and the value's reading would have put its predecessor out of the way unseen, and one before the queueing overtaken it.
    /// </summary>
    public void OnSample(in DataValue value)
    {
        Volatile.Write(ref isMarked, 0);
        lock (subscription.QueueGate)
        {
            if (Group is { } group) Spend(group.Passed, least: 0);
            Enqueue(in value);
        }
    }

    /// <summary>
    /// A value is about to be lost between two samples. Fed at the pace of the sampling, that is the jitter of two clocks: it
    /// counts as long as there are no more samples than intervals. Fed faster, the credit is soon gone and sampling is sampling.
    /// </summary>
    private void SampleEarly(SamplingGroup group, in DataValue value)
    {
        lock (subscription.QueueGate)
        {
            // One is kept for the sample that the mark asks for.
            if (Spend(subscription.IntervalsPassed(group), least: 2)) Enqueue(in value);
        }
    }

    private bool Spend(long passed, long least)
    {
        // The clock runs ahead of the visits, never behind: what was credited by the one is not credited by the other.
        passed = Math.Max(passed, creditedAt);
        credit = Math.Min(MostCredit, credit + passed - creditedAt);
        creditedAt = passed;
        if (credit < least) return false;
        credit = Math.Max(0, credit - 1);
        return true;
    }

    /// <summary>
    /// Writes what waits as MonitoredItemNotifications, until there are <paramref name="most"/> or the message has grown to
    /// <paramref name="largest"/> bytes; returns how many. Under the gate.
    /// </summary>
    public int WriteNotifications(UaBinaryWriter writer, int most, int largest)
    {
        int written = 0;
        while (queue.Count > 0 && written < most && (written == 0 || writer.Length < largest))
        {
            long before = queue.Bytes;
            DataValue value = Timestamped.Only(queue.Take(), Timestamps);
            subscription.Account(-1, queue.Bytes - before);
            int start = writer.Length;
            writer.WriteUInt32(ClientHandle);
            try
            {
                writer.WriteDataValue(value);
            }
            catch (UaException unsendable)
            {
                // Too large, or no text that could travel: the client hears that instead of nothing.
                writer.Rewind(start);
                writer.WriteUInt32(ClientHandle);
                writer.WriteDataValue(value with { Value = default, Status = unsendable.Status });
            }
            written++;
        }
        return written;
    }

    /// <summary>Under the gate.</summary>
    public bool HasWaiting => queue.Count > 0;

    public bool IsReporting => Mode == MonitoringMode.Reporting;

    private void Join()
    {
        if (IsPolled) Group?.Poll(this, wanted: true);
        else if (Group is { } group && Interlocked.Exchange(ref isMarked, 1) == 0) group.Changed(this);
    }

    private void Forget()
    {
        subscription.Account(-queue.Count, -queue.Bytes);
        queue.Clear();
    }

    private void Enqueue(in DataValue value)
    {
        if (Mode == MonitoringMode.Disabled) return;
        DataValue part = range.IsWhole ? value : range.Cut(value);
        if (hasLast && !rule.Reports(in last, in part)) return;
        last = part;
        hasLast = true;
        (int count, long bytes) = (queue.Count, queue.Bytes);
        queue.Add(in part, subscription.HasRoom);
        subscription.Account(queue.Count - count, queue.Bytes - bytes);
        if (Mode == MonitoringMode.Reporting) subscription.Ready(this);
    }
}
