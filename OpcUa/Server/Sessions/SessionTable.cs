using System.Collections.Concurrent;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Sessions;

/// <summary>All sessions, found by their secret. Thread-safe.</summary>
internal sealed class SessionTable(ServerLimits limits)
{
    private readonly ConcurrentDictionary<NodeId, ServerSession> sessions = new();
    private readonly Lock gate = new();

    public IEnumerable<ServerSession> All => sessions.Values;
    public int Count => sessions.Count;
    public long Created => Volatile.Read(ref created);

    private long created;

    /// <summary>
    /// Adds a session unless the caps for all or for its address are reached. A session that nobody activated yields its place:
    /// it is removed and handed back (Part 4, CreateSession).
    /// </summary>
    public ServerSession? Add(ServerSession session)
    {
        lock (gate)
        {
            ServerSession? yielded = null;
            ServerSession[] sameAddress = [.. sessions.Values.Where(other => other.Address == session.Address)];
            if (sameAddress.Length >= limits.MaxSessionsPerAddress) yielded = Yield(sameAddress);
            else if (sessions.Count >= limits.MaxSessions) yielded = Yield(sessions.Values);
            sessions.TryAdd(session.AuthenticationToken, session);
            created++;
            return yielded;
        }
    }

    public ServerSession? Find(NodeId authenticationToken) => sessions.GetValueOrDefault(authenticationToken);

    /// <summary>False when somebody else has removed it: exactly one caller ends a session.</summary>
    public bool Remove(ServerSession session) => sessions.TryRemove(new(session.AuthenticationToken, session));

    private ServerSession Yield(IEnumerable<ServerSession> candidates)
    {
        ServerSession unused = candidates.FirstOrDefault(other => !other.IsActivated)
            ?? throw new UaException(StatusCodes.BadTooManySessions, "There is no room for another session", "CreateSession", "Close one first");
        sessions.TryRemove(unused.AuthenticationToken, out _);
        return unused;
    }
}
