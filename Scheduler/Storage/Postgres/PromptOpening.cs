using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace PatchEdge.Scheduler.Storage.Postgres;

/// <summary>Every connection opens within <see cref="Within"/>, or not at all: the driver itself waits for ever for a server that falls silent in the TLS handshake.</summary>
internal sealed class PromptOpening : DbConnectionInterceptor
{
    /// <summary>Longer than the driver's own limit, which it keeps everywhere else.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    /// <exception cref="TimeoutException">It did not open in time.</exception>
    public static async Task OpenAsync(DbConnection connection, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Within, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await connection.OpenAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the database server fell silent while a connection to it was opened, for {Within.TotalSeconds:0} s");
        }
    }

    public override async ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        await OpenAsync(connection, cancellationToken);
        return InterceptionResult.Suppress();
    }
}
