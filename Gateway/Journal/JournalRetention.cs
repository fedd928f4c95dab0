using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Journal;

/// <summary>Lets go of what every sink has: by age, and when the journal runs full by size, oldest first. What is not delivered stays, whatever its age.</summary>
internal static class JournalRetention
{
    private const int Portion = 2000;

    /// <summary>Fill from which delivered entries go before their age.</summary>
    private const double Tight = 0.85;

    public static void Apply(JournalStore store, JournalOptions options, IReadOnlyCollection<string> sinks, Moment now)
    {
        store.Begin();
        var delivered = sinks.Count == 0
            ? long.MaxValue
            : store.Scalar("SELECT min(entry) FROM cursor WHERE sink IN (" + string.Join(", ", sinks.Select(sink => $"'{sink}'")) + $") HAVING count(*) = {sinks.Count}");
        var cutoff = (now - options.KeepFor).UnixMilliseconds;
        store.Execute($"DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE id < $1 AND at < $2 ORDER BY id LIMIT {Portion})", delivered, cutoff);
        if (store.Fill() > Tight * (1 - options.Reserve))
            store.Execute($"DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE id < $1 ORDER BY id LIMIT {Portion})", delivered);
        store.Execute("DELETE FROM gap WHERE \"end\" < $1", cutoff);
        store.Execute("DELETE FROM repair WHERE gap NOT IN (SELECT id FROM gap)");
        store.Execute("DELETE FROM attestation WHERE \"end\" < $1 AND sequence < (SELECT max(sequence) FROM attestation)", cutoff);
        store.Execute("DELETE FROM quarantine WHERE at < $1", cutoff);
        store.Commit();
    }
}
