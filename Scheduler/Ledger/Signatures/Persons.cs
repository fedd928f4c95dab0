namespace PatchEdge.Scheduler.Ledger.Signatures;

/// <summary>Tells people apart where two must agree: neither another spelling of a name nor the command line makes a second person of one.</summary>
internal static class Persons
{
    private const string Local = " (local)";

    public static IEqualityComparer<string> Comparer { get; } = EqualityComparer<string>.Create(
        (one, other) => one is not null && other is not null && Same(one, other), name => StringComparer.OrdinalIgnoreCase.GetHashCode(Bare(name)));

    public static bool Same(string one, string other) => string.Equals(Bare(one), Bare(other), StringComparison.OrdinalIgnoreCase);

    private static string Bare(string name) => (name.EndsWith(Local, StringComparison.Ordinal) ? name[..^Local.Length] : name).Trim();
}
