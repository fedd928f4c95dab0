using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Ledger.Signatures;

namespace PatchEdge.Scheduler.Training;

/// <summary>Who is trained for what, as last read, and what the site asks. Immutable.</summary>
internal sealed class TrainingFacts
{
    private readonly ImmutableDictionary<string, ImmutableArray<TrainingRecord>> records;

    public TrainingFacts(TrainingPolicy policy, ImmutableArray<TrainingRecord> records, ImmutableArray<ConfigurationError> errors)
    {
        (Policy, All, Errors) = (policy, records, errors);
        this.records = records.GroupBy(record => record.Person, Persons.Comparer).ToImmutableDictionary(group => group.Key, group => group.ToImmutableArray(), Persons.Comparer);
    }

    /// <summary>The site asks nobody for training.</summary>
    public static TrainingFacts NotAsked { get; } = new(TrainingPolicy.None, [], []);

    public TrainingPolicy Policy { get; }

    /// <summary>Every record that counts, in the order of files and rows.</summary>
    public ImmutableArray<TrainingRecord> All { get; }

    /// <summary>What is wrong with tables; nobody is trained by a table with an error.</summary>
    public ImmutableArray<ConfigurationError> Errors { get; }

    /// <summary>What the person lacks for this act at this moment, a sentence part for each qualification; empty when nothing.</summary>
    public ImmutableArray<string> Lacks(string person, TrainingAct act, DateTimeOffset now)
    {
        var asked = Policy.For(act);
        if (asked.IsEmpty)
            return [];
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        var own = records.GetValueOrDefault(person, []);
        return [.. asked.Where(qualification => !own.Any(record => Is(record, qualification) && record.Holds(day))).Select(qualification => Lack(own, qualification, day))];
    }

    /// <summary>Why the person may not do it now, and what to do about it; null when the person may.</summary>
    public string? Refusal(string person, TrainingAct act, DateTimeOffset now) => Lacks(person, act, now) is { IsEmpty: false } lacks
        ? $"{person} is not trained for it: {string.Join("; ", lacks)}. Have the training recorded in the training tables{(Errors.IsEmpty ? "" : ", of which one cannot be read now")}, or have somebody sign who is trained"
        : null;

    private static string Lack(ImmutableArray<TrainingRecord> own, string qualification, DateOnly day) =>
        own.Where(record => Is(record, qualification)).MaxBy(record => record.From > day ? DateOnly.MaxValue : record.Until) switch
        {
            null => $"no record of '{qualification}'",
            { From: var from } when from > day => $"'{qualification}' begins on {from:yyyy-MM-dd}",
            { Until: var until } => $"'{qualification}' ended on {until:yyyy-MM-dd}",
        };

    private static bool Is(TrainingRecord record, string qualification) => string.Equals(record.Qualification, qualification, StringComparison.OrdinalIgnoreCase);
}
