using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace PatchEdge.Simulation.Machine;

/// <summary>The database connections that one life has open. When a process ends the system closes them, whatever it was in the middle of: what was not committed then never was, and no lock stays.</summary>
internal sealed class LifeConnections : DbConnectionInterceptor
{
    private readonly HashSet<DbConnection> open = [];
    private readonly Lock gate = new();

    public int Count
    {
        get
        {
            lock (gate)
                return open.Count;
        }
    }

    /// <summary>As the system does.</summary>
    public void CloseAll()
    {
        List<DbConnection> left;
        lock (gate)
        {
            left = [.. open];
            open.Clear();
        }

        // Pooled connections are rolled back as they are closed.
        left.ForEach(connection => connection.Dispose());
    }

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Add(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Add(connection);
        return Task.CompletedTask;
    }

    public override void ConnectionClosed(DbConnection connection, ConnectionEndEventData eventData) => Remove(connection);

    public override Task ConnectionClosedAsync(DbConnection connection, ConnectionEndEventData eventData)
    {
        Remove(connection);
        return Task.CompletedTask;
    }

    public override void ConnectionDisposed(DbConnection connection, ConnectionEndEventData eventData) => Remove(connection);

    public override Task ConnectionDisposedAsync(DbConnection connection, ConnectionEndEventData eventData)
    {
        Remove(connection);
        return Task.CompletedTask;
    }

    private void Add(DbConnection connection)
    {
        lock (gate)
            open.Add(connection);
    }

    private void Remove(DbConnection connection)
    {
        lock (gate)
            open.Remove(connection);
    }
}
