namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Another scheduler of the same database that lives, by its own word and the database's clock.</summary>
/// <param name="Name">As configured.</param>
/// <param name="Schema">That its program knows.</param>
/// <param name="Hears">How long it has heard the plant without a break; null when it does not.</param>
/// <param name="SinceStepDown">Since it gave up a lease for want of its broker; null when it never did.</param>
/// <param name="Configuration">What must be the same as the others', as <see cref="Scheduler.Configuration.SharedConfiguration"/> writes it.</param>
internal sealed record Candidate(string Name, int Schema, TimeSpan? Hears, TimeSpan? SinceStepDown, string Configuration)
{
    /// <summary>For how many times the patience a scheduler that gave up the lease is handed none, and hands none on: leads move at a pace that lets runs end.</summary>
    public const int HoldOff = 10;

    /// <summary>Whether a leader that hears nothing may hand it the lease.</summary>
    /// <param name="schema">The leader's.</param>
    /// <param name="settled">How long it must have heard the plant.</param>
    /// <param name="patience">How long a leader may hear nothing.</param>
    public bool MayFollow(int schema, TimeSpan settled, TimeSpan patience) =>
        Schema == schema && Hears >= settled && !(SinceStepDown < patience * HoldOff);
}
