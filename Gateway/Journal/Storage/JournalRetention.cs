using PatchEdge.Gateway.Continuity;

namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>
/// Lets go of what every sink has, oldest first: by age what is verified as well, and, when room runs out, what is delivered. What is not
/// delivered stays, whatever its age.
/// </summary>
internal static class JournalRetention
{
    private const int Portion = 2000;

    /// <summary>Fill from which delivered entries go before their age.</summary>
    private const double Tight = 0.85;

    /// <param name="store">The journal.</param>
    /// <param name="options">How long and how much.</param>
    /// <param name="cursors">Those that an entry must lie behind before it goes.</param>
    /// <param name="now">For its age.</param>
    /// <param name="tight">Room is short on the disk, whatever the bound of the journal.</param>
    public static void Apply(JournalStore store, JournalOptions options, JournalCursors cursors, Moment now, bool tight)
    {
        store.Begin();
        var delivered = Behind(store, cursors.Sinks);
        var verified = Math.Min(delivered, Behind(store, cursors.Verified));
        var cutoff = (now - options.KeepFor).UnixMilliseconds;
        // Only ever a piece of the beginning: a hole would look like a loss.
        store.Execute(
            $"DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE id < $1 AND id < coalesce((SELECT id FROM entry WHERE at >= $2 ORDER BY id LIMIT 1), $1) ORDER BY id LIMIT {Portion})", verified, cutoff);
        if (tight || store.Fill() > Tight * (1 - options.Reserve))
            store.Execute($"DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE id < $1 ORDER BY id LIMIT {Portion})", delivered);
        store.Execute("DELETE FROM gap WHERE \"end\" < $1", cutoff);
        store.Execute("DELETE FROM run WHERE \"end\" < $1", cutoff);
        store.Execute("DELETE FROM repair WHERE gap NOT IN (SELECT id FROM gap)");
        store.Execute("DELETE FROM attestation WHERE \"end\" < $1 AND sequence < (SELECT max(sequence) FROM attestation)", cutoff);
        store.Execute("DELETE FROM quarantine WHERE at < $1", cutoff);
        store.Commit();
    }

    /// <summary>The first entry that not all of these have; 1 while one of them never had any.</summary>
    private static long Behind(JournalStore store, IReadOnlyCollection<string> names) => names.Count == 0
        ? long.MaxValue
        : store.Scalar("SELECT min(entry) FROM cursor WHERE sink IN (" + string.Join(", ", names.Select(name => $"'{name}'")) + $") HAVING count(*) = {names.Count}");
}

/// <summary>Names of the cursors in a journal that say what may go.</summary>
/// <param name="Sinks">Who must have an entry.</param>
/// <param name="Verified">Who must have read an entry back; none where nothing is read back.</param>
internal sealed record JournalCursors(IReadOnlyCollection<string> Sinks, IReadOnlyCollection<string> Verified);
