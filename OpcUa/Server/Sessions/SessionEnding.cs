using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Sessions;

/// <summary>Ends sessions: closed by the client, timed out, displaced, or with the server.</summary>
internal sealed class SessionEnding(SessionTable sessions, SubscriptionTable subscriptions, Responder responder, RunningTasks running, TimeProvider timeProvider, Action<UaServerEvent> report)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    public long TimedOut => Volatile.Read(ref timedOut);

    private long timedOut;

    public async ValueTask EndAsync(ServerSession session, bool deleteSubscriptions, UaServerEventKind kind, StatusCode reason)
    {
        if (sessions.Remove(session)) await FinishAsync(session, deleteSubscriptions, kind, reason).ConfigureAwait(false);
    }

    /// <summary>For a session that was taken from the table already.</summary>
    public async ValueTask FinishAsync(ServerSession session, bool deleteSubscriptions, UaServerEventKind kind, StatusCode reason)
    {
        session.Cancel();
        await subscriptions.LeaveAsync(session, deleteSubscriptions).ConfigureAwait(false);
        foreach (ParkedPublish parked in session.Publishes.TakeAll())
            running.Add(responder.FaultAsync(parked, StatusCodes.BadSessionClosed, CancellationToken.None));
        session.Channel.HasSession = sessions.All.Any(other => other.Channel == session.Channel);
        session.Dispose();
        report(new UaServerEvent(kind, session.Channel.Peer, reason, $"Session '{session.Name}' ended."));
    }

    /// <summary>Looks again and again for sessions whose client is silent and Publish requests that nobody waits for.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Pace, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                long now = timeProvider.GetTimestamp();
                foreach (ServerSession session in sessions.All)
                {
                    foreach (ParkedPublish parked in session.Publishes.TakeExpired(now))
                        running.Add(responder.FaultAsync(parked, StatusCodes.BadTimeout, CancellationToken.None));
                    if (!session.IsOverdue(timeProvider, now)) continue;
                    Interlocked.Increment(ref timedOut);
                    await EndAsync(session, deleteSubscriptions: false, UaServerEventKind.SessionTimedOut, StatusCodes.BadTimeout).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
