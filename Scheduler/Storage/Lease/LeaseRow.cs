namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>The lease as the database has it; its times are the database's, UTC.</summary>
/// <param name="Epoch">Counts the terms; only grows. 0: nobody ever led.</param>
/// <param name="Holder">The process that leads or led last; chosen anew at each start.</param>
/// <param name="Name">Its name, as configured.</param>
/// <param name="Address">Where people reach its console.</param>
/// <param name="Key">Thumbprint of the key it signs with.</param>
/// <param name="TakenAt">When the term began.</param>
/// <param name="RenewedAt">When it was renewed last.</param>
/// <param name="Remaining">Until it ends, unless it is renewed; not above zero when it has ended.</param>
internal sealed record LeaseRow(long Epoch, string Holder, string Name, string Address, string Key, DateTimeOffset TakenAt, DateTimeOffset RenewedAt, TimeSpan Remaining)
{
    public bool IsHeld => Remaining > TimeSpan.Zero;
}
