using System.Collections.Immutable;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Evidence;

/// <summary>Lets agents that say the same share one copy of it: most hosts of a site pin one key and have the same procedures. Not thread-safe.</summary>
/// <remarks>It remembers so many texts and forgets all when there are more: then copies are shared a little less, and nothing else.</remarks>
internal sealed class AgentTexts
{
    public const int Kept = 1_024;

    private const int Longest = 256;

    private readonly Dictionary<string, string> words = new(StringComparer.Ordinal);
    private readonly Dictionary<ImmutableArray<InstalledProcedure>, ImmutableArray<InstalledProcedure>> procedures = new(new SameProcedures());

    /// <summary>The same message, with the copies that others have.</summary>
    public AgentStatus Share(AgentStatus status) => status with
    {
        Version = Shared(words, status.Version),
        PinnedKey = Shared(words, status.PinnedKey),
        Procedures = Shared(procedures, status.Procedures),
    };

    private static string? Shared(Dictionary<string, string> known, string? text) => text is { Length: <= Longest } ? Shared<string>(known, text) : text;

    private static T Shared<T>(Dictionary<T, T> known, T item)
        where T : notnull
    {
        if (known.TryGetValue(item, out var first))
            return first;
        if (known.Count >= Kept)
            known.Clear();
        return known[item] = item;
    }

    private sealed class SameProcedures : IEqualityComparer<ImmutableArray<InstalledProcedure>>
    {
        public bool Equals(ImmutableArray<InstalledProcedure> one, ImmutableArray<InstalledProcedure> other) => one.AsSpan().SequenceEqual(other.AsSpan(), Each.Same);

        public int GetHashCode(ImmutableArray<InstalledProcedure> all)
        {
            var hash = default(HashCode);
            foreach (var procedure in all)
                hash.Add(procedure.Digest, StringComparer.Ordinal);
            return hash.ToHashCode();
        }

        private sealed class Each : IEqualityComparer<InstalledProcedure>
        {
            public static readonly Each Same = new();

            public bool Equals(InstalledProcedure? one, InstalledProcedure? other) =>
                one is not null && other is not null && one == other with { Steps = one.Steps } && one.Steps.AsSpan().SequenceEqual(other.Steps.AsSpan());

            public int GetHashCode(InstalledProcedure procedure) => StringComparer.Ordinal.GetHashCode(procedure.Digest);
        }
    }
}
