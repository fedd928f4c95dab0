using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Server.View;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Sessions;

/// <summary>One session (Part 4 §5.6): what it holds lives as long as it does, over any number of channels one after another.</summary>
internal sealed class ServerSession(ServerLimits limits) : IDisposable
{
    private readonly CancellationTokenSource ended = new();
    private ServerChannel channel = null!;
    private long lastActivity;
    private int runningCalls;

    public required NodeId SessionId { get; init; }

    /// <summary>The client's secret; in no log.</summary>
    public required NodeId AuthenticationToken { get; init; }
    public required string Name { get; init; }
    public required string? ApplicationUri { get; init; }
    public required UaCertificate? ClientCertificate { get; init; }
    public required TimeSpan RevisedTimeout { get; init; }

    /// <summary>Address of the client that created it, without its port.</summary>
    public required string Address { get; init; }

    /// <summary>Bytes that the client takes in one response.</summary>
    public required int LargestResponse { get; init; }

    /// <summary>The channel it is bound to. Another one only by ActivateSession.</summary>
    public ServerChannel Channel
    {
        get => Volatile.Read(ref channel);
        set => Volatile.Write(ref channel, value);
    }

    /// <summary>Last nonce given to the client; the next signature covers it.</summary>
    public required byte[] Nonce { get; set; }
    public bool IsActivated { get; set; }
    public int FailedActivations { get; set; }
    public SessionOwner Owner { get; set; } = new(default, null, null);
    public PublishQueue Publishes { get; } = new(limits.MaxPublishRequestsPerSession);
    public ContinuationPoints Continuations { get; } = new(limits.MaxContinuationPointsPerSession);

    /// <summary>Ends with the session.</summary>
    public CancellationToken Ended { get; private set; }

    public void Begin(ServerChannel first, long now)
    {
        channel = first;
        lastActivity = now;
        Ended = ended.Token;
    }

    public void Touch(long now) => Volatile.Write(ref lastActivity, now);

    public bool IsOverdue(TimeProvider timeProvider, long now) => timeProvider.GetElapsedTime(Volatile.Read(ref lastActivity), now) > RevisedTimeout;

    public bool TryBeginCall()
    {
        if (Interlocked.Increment(ref runningCalls) <= limits.MaxRunningCallsPerSession) return true;
        Interlocked.Decrement(ref runningCalls);
        return false;
    }

    public void EndCall() => Interlocked.Decrement(ref runningCalls);

    public CallContext Context() => new()
    {
        SessionId = SessionId,
        SessionName = Name,
        UserName = Owner.UserName,
        ApplicationUri = ApplicationUri,
        Peer = Channel.Peer,
        CancellationToken = Ended,
    };

    public void Cancel() => ended.Cancel();

    public void Dispose() => ended.Dispose();
}
