using System.Threading.Channels;
using System.Threading.Tasks.Sources;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Continuity;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;

namespace PatchEdge.Gateway.Acquisition;

/// <summary>
/// Hands what one subscription delivers to the pipeline. The client waits until the pipeline has taken a message in: that is the
/// back-pressure, and it lets the values be read where they were decoded, without a copy.
/// </summary>
/// <param name="subscription">Index in <see cref="ContinuityMap.Subscriptions"/>.</param>
/// <param name="server">Index in <see cref="ContinuityMap.Servers"/>.</param>
/// <param name="arrivals">The pipeline.</param>
/// <param name="table">Names of what is watched now.</param>
/// <param name="log">Hears of what changes no evidence and needs a person.</param>
internal sealed class SubscriptionIntake(int subscription, int server, ChannelWriter<Arrived> arrivals, Func<SourceTable> table, ILogger log) : ISubscriptionSink, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> taken = new() { RunContinuationsAsynchronously = true };

    /// <summary>Client handles are source indexes plus one: zero is never used.</summary>
    public static uint HandleOf(int source) => (uint)source + 1;

    public static int SourceOf(uint handle) => (int)(handle - 1);

    /// <summary>The pipeline has read the values: the client may use their memory again.</summary>
    public void Release() => taken.SetResult(true);

    public async ValueTask OnDataChangeAsync(DataChange change)
    {
        taken.Reset();
        await arrivals.WriteAsync(new Arrived.Values(Moment.Of(change.ReceivedAt.Utc), subscription, change, this));
        await new ValueTask(this, taken.Version);
    }

    public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) =>
        Tell(keepAlive.ReceivedAt, new ContinuityEvent(ContinuityEventKind.Evidence) { Subscription = subscription, Published = Moment.Of(keepAlive.PublishTime) });

    public ValueTask OnLostAsync(LostNotifications lost) => Tell(lost.DetectedAt, new ContinuityEvent(ContinuityEventKind.NotificationsLost)
    {
        Subscription = subscription,
        Detail = $"sequence numbers {lost.First} to {lost.Last} are lost: {lost.Reason.SymbolicName}",
    });

    public async ValueTask OnStatusAsync(SubscriptionStatus status)
    {
        if (Translate(status) is { } change)
            await Tell(status.At, change);
        if (status is SubscriptionStatus.ItemTypeChanged type)
            AcquisitionLog.TypeChanged(log, table().Map.Servers[server], table().Tags[SourceOf(type.ClientHandle)].Name, type.Current.ToString(), type.Previous.ToString());
        if (status is SubscriptionStatus.Recovered)
            await arrivals.WriteAsync(new Arrived.Subscribed(Moment.Of(status.At.Utc), subscription, status.Subscription.KeepAliveInterval));
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => taken.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        taken.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => taken.GetResult(token);

    private ContinuityEvent? Translate(SubscriptionStatus status) => status switch
    {
        SubscriptionStatus.ConnectionLost lost => Of(ContinuityEventKind.ConnectionLost) with { Detail = lost.Reason.Status.SymbolicName + ": " + lost.Reason.What },
        SubscriptionStatus.Late late => Of(ContinuityEventKind.Late) with { Detail = $"no message for {late.Silence.TotalMilliseconds:0} ms" },
        SubscriptionStatus.Recovered { How: RecoveryKind.Republished } => Of(ContinuityEventKind.RecoveredByRepublish),
        SubscriptionStatus.Recovered { How: RecoveryKind.Transferred } => Of(ContinuityEventKind.RecoveredByTransfer),
        SubscriptionStatus.Recovered { How: RecoveryKind.Recreated } => Of(ContinuityEventKind.Recreated),
        SubscriptionStatus.ServerStateChanged { Current: ServerState.Running } => Of(ContinuityEventKind.ServerRunning),
        SubscriptionStatus.ServerStateChanged changed => Of(ContinuityEventKind.ServerNotRunning) with { Detail = $"the server's state is {changed.Current}" },
        SubscriptionStatus.ItemRejected rejected => Of(ContinuityEventKind.ItemRejected) with
        {
            Source = SourceOf(rejected.Result.ClientHandle),
            Detail = $"{rejected.Result.NodeId}: {rejected.Result.Status.SymbolicName}",
        },
        _ => null,
    };

    private ContinuityEvent Of(ContinuityEventKind kind) => new(kind) { Subscription = subscription, Server = server };

    private ValueTask Tell(Arrival at, ContinuityEvent change) => arrivals.WriteAsync(new Arrived.Event(Moment.Of(at.Utc), change));
}
