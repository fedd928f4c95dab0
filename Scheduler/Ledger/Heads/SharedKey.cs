using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Ledger.Heads;

/// <summary>Schedulers that share a ledger sign with one key: agents pin it, and its heads vouch for the ledger.</summary>
internal static class SharedKey
{
    /// <exception cref="ConfigurationException">The newest head was signed with another key.</exception>
    public static async Task CheckAsync(SchedulerDb db, PermitSigner signer, SchedulerOptions options, CancellationToken cancellation)
    {
        if (options.AcceptsNewKey || await db.LedgerHeads.AsNoTracking().OrderByDescending(head => head.Size).FirstOrDefaultAsync(cancellation) is not { } newest
            || signer.ReadHead(newest.Token) is not null)
            return;
        throw new ConfigurationException(new ConfigurationError(options.SigningKey, 0, "signing-key", null,
            "is not the key that signed the ledger in the database: copy it, with its .pub.pem, from the scheduler that uses that database already. "
            + "When the key was changed on purpose, start this scheduler once with 'run --accept-new-key'"));
    }
}
