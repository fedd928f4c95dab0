using PatchEdge.OpcUa.Server.Subscriptions.Items;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Nodes;

/// <summary>A variable or property (Part 3 §5.6). Fed by <see cref="SetValue(DataValue)"/>, or computed by a source.</summary>
public sealed class VariableNode : Node
{
    // Leaf but for the queues of monitored items, which are taken inside it and never the other way round.
    private readonly Lock gate = new();
    private readonly TimeProvider timeProvider;
    private readonly HistoryRing? history;
    private readonly Func<DataValue>? source;
    private DataValue current;

    // Each item knows its place, so that any of many thousands leaves in constant time.
    private MonitoredItem[] watchers = [];
    private int watcherCount;

    internal VariableNode(NodeId nodeId, QualifiedName browseName, VariableOptions options, TypeRule typeRule, TimeProvider timeProvider)
        : base(nodeId, browseName)
    {
        this.timeProvider = timeProvider;
        DataType = options.DataType;
        ValueRank = options.ValueRank;
        TypeRule = typeRule;
        Writable = options.Writable;
        OnWrite = options.OnWrite;
        EngineeringRange = options.EngineeringRange;
        source = options.Source;
        history = options.HistoryCapacity > 0 ? new HistoryRing(options.HistoryCapacity) : null;
        current = options.InitialValue is { } initial ? Stamped(initial) : DataValue.FromStatus(StatusCodes.BadWaitingForInitialData);
        if (options.InitialValue is not null) history?.Add(current);
    }

    public override NodeClass NodeClass => NodeClass.Variable;
    public NodeId DataType { get; }
    public int ValueRank { get; }

    /// <summary>May be switched at run time.</summary>
    public bool Writable { get; set; }
    public bool HasHistory => history is not null;

    /// <summary>The value as a read would give it now.</summary>
    public DataValue Value
    {
        get
        {
            if (source is not null) return Stamped(source());
            lock (gate) return current;
        }
    }

    internal TypeRule TypeRule { get; }
    internal WriteHandler? OnWrite { get; }
    internal (double Low, double High)? EngineeringRange { get; }

    /// <summary>Values come from a source: monitored items must look, nobody tells them.</summary>
    internal bool IsComputed => source is not null;

    internal AccessLevels AccessLevel =>
        AccessLevels.CurrentRead | (Writable ? AccessLevels.CurrentWrite : 0) | (HasHistory ? AccessLevels.HistoryRead : 0);

    /// <summary>
    /// Gives the variable its next value. Absent timestamps become now. Thread-safe; values of one variable reach each
    /// monitored item in the order of the calls. Neither type nor rank is checked: the feeder is ours.
    /// </summary>
    public void SetValue(DataValue value)
    {
        DataValue stamped = Stamped(value);
        lock (gate)
        {
            DataValue previous = current;
            current = stamped;
            history?.Add(stamped);
            for (int i = 0; i < watcherCount; i++) watchers[i].OnValue(in previous, in stamped);
        }
    }

    /// <summary>A good value, or one of the status given, as of now.</summary>
    public void SetValue(Variant value, StatusCode status = default) => SetValue(new DataValue(value, status));

    internal void Watch(MonitoredItem item)
    {
        lock (gate)
        {
            if (watcherCount == watchers.Length) Array.Resize(ref watchers, Math.Max(1, 2 * watchers.Length));
            item.WatcherIndex = watcherCount;
            watchers[watcherCount++] = item;
        }
    }

    /// <summary>Hands the item the current value under the lock: one set meanwhile comes after it, and none is missed.</summary>
    internal void GiveCurrent(MonitoredItem item)
    {
        if (IsComputed)
        {
            item.OnFirstValue(Value);
            return;
        }
        lock (gate) item.OnFirstValue(in current);
    }

    /// <summary>The same for a sample of a variable that is fed.</summary>
    internal void GiveSample(MonitoredItem item)
    {
        lock (gate) item.OnSample(in current);
    }

    internal void Unwatch(MonitoredItem item)
    {
        lock (gate)
        {
            if (item.WatcherIndex < 0) return;
            MonitoredItem last = watchers[--watcherCount];
            watchers[last.WatcherIndex = item.WatcherIndex] = last;
            watchers[watcherCount] = null!;
            item.WatcherIndex = -1;
        }
    }

    /// <summary>The history by source time, oldest first; null when none is kept.</summary>
    internal DataValue[]? HistorySnapshot()
    {
        if (history is null) return null;
        lock (gate) return history.Snapshot();
    }

    internal override bool TryReadAttribute(uint attributeId, out Variant value)
    {
        value = attributeId switch
        {
            AttributeIds.DataType => DataType,
            AttributeIds.ValueRank => ValueRank,
            AttributeIds.ArrayDimensions when ValueRank > 0 => Variant.FromArray(new uint[ValueRank]),
            AttributeIds.AccessLevel or AttributeIds.UserAccessLevel => (byte)AccessLevel,
            AttributeIds.MinimumSamplingInterval => 0.0,
            AttributeIds.Historizing => HasHistory,
            _ => default,
        };
        return value.Type != BuiltInType.Null || base.TryReadAttribute(attributeId, out value);
    }

    private DataValue Stamped(in DataValue value)
    {
        if (value.ServerTimestamp != default && value.SourceTimestamp != default) return value;
        DateTime now = timeProvider.GetUtcNow().UtcDateTime;
        return value with
        {
            SourceTimestamp = value.SourceTimestamp == default ? now : value.SourceTimestamp,
            ServerTimestamp = value.ServerTimestamp == default ? now : value.ServerTimestamp,
        };
    }
}
