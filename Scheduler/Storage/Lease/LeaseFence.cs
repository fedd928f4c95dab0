using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Begins every transaction of the scheduler's own tables with the question whether the term still lasts, and keeps it from ending until the transaction has.</summary>
/// <remarks>
/// The row is locked against whoever would take the lease, though not against its renewal, which leaves the epoch (a key) as it is. So a transaction lies wholly within its term: a leader that was frozen, and wakes in another's,
/// can append, release and permit nothing. Triggers refuse whatever does not come this way.
/// </remarks>
internal sealed class LeaseFence(Leadership leadership) : DbTransactionInterceptor
{
    private const string Hold = """
        SELECT set_config('patchedge.epoch', CAST(@epoch AS text), true) FROM lease
        WHERE "Id" = 1 AND "Epoch" = @epoch AND "ExpiresAt" > patchedge_now() FOR KEY SHARE
        """;

    public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
    {
        try
        {
            using var command = Command(result);
            Judge(command.ExecuteScalar());
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    public override async ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = Command(result);
            Judge(await command.ExecuteScalarAsync(cancellationToken));
            return result;
        }
        catch
        {
            await result.DisposeAsync();
            throw;
        }
    }

    private NpgsqlCommand Command(DbTransaction transaction)
    {
        // By our own clock first: whoever was frozen need not ask.
        if (leadership.Acting is not { } epoch || leadership.Epoch != epoch)
            throw new NotLeadingException(leadership.Look().Refusal);
        var command = new NpgsqlCommand(Hold, (NpgsqlConnection)transaction.Connection!, (NpgsqlTransaction)transaction);
        command.Parameters.AddWithValue("epoch", epoch);
        return command;
    }

    private void Judge(object? answer)
    {
        if (answer is not null)
            return;
        leadership.Lose();
        throw new NotLeadingException("nothing was done: the lease is no longer this scheduler's");
    }
}
