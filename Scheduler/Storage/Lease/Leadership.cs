using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Whether this process may act, and who does when it may not. Thread-safe.</summary>
/// <remarks>
/// A term is believed for less than the database grants it, on the monotonic clock from before the database was asked: so whoever cannot renew has stopped
/// before another can begin. This saves useless work; what makes it safe is <see cref="LeaseFence"/>.
/// </remarks>
internal sealed class Leadership(string name, bool isShared, TimeProvider time)
{
    private const long NoTerm = -1;

    private volatile Term? term;
    private volatile Seen? seen;
    private long acting = NoTerm;

    /// <summary>Others may share the database. When not, this process leads from start to end: its data directory is locked.</summary>
    public bool IsShared => isShared;

    /// <summary>This scheduler.</summary>
    public string Name => name;

    /// <summary>A term began or ended. Handlers must not block.</summary>
    public event Action? Changed;

    /// <summary>The term that this process has by its own clock; null when it has none.</summary>
    public long? Epoch => !isShared ? 0 : term is { } mine && time.GetTimestamp() < mine.Until ? mine.Epoch : null;

    /// <summary>The term for which the runner has read everything anew; null when it has not, or stepped down.</summary>
    public long? Acting => !isShared ? 0 : Interlocked.Read(ref acting) is >= 0 and var epoch ? epoch : null;

    /// <summary>This process may record, release and send.</summary>
    public bool Acts => !isShared || (Acting is { } epoch && Epoch == epoch);

    /// <summary>Why nothing is known of the lease; null when the database answers.</summary>
    public string? Fault { get; private set; }

    /// <summary>Why nobody decides anything, as far as this scheduler can tell; null when somebody does.</summary>
    public string? Problem => !isShared || Look().Name.Length > 0 ? null
        : Fault is { } fault ? $"no scheduler is known to lead, since the database does not answer: {fault}"
        : "no scheduler leads at the moment: the next takes over when the last one's lease has ended";

    /// <summary>In what this scheduler's configuration and that of others that live differ, a sentence each.</summary>
    public IReadOnlyList<string> Differences { get; set; } = [];

    /// <summary>Who led before the term that this process has or asks for, when it was configured otherwise; null when nothing is known to differ.</summary>
    public OtherConfiguration? Before { get; set; }

    /// <summary>Who leads, as far as is known.</summary>
    public LeaderView Look()
    {
        if (!isShared)
            return new LeaderView(LeaderRole.Sole, name, "", 0, TimeSpan.Zero);
        var role = Acts ? LeaderRole.Leader : LeaderRole.Follower;
        if (seen is not { } last)
            return new LeaderView(role, "", "", 0, null);
        var age = time.GetElapsedTime(last.At);
        return role == LeaderRole.Leader || last.Row.Remaining > age
            ? new LeaderView(role, last.Row.Name, last.Row.Address, last.Row.Epoch, age)
            : new LeaderView(role, "", "", last.Row.Epoch, age);
    }

    /// <summary>The runner acts in this term from now on.</summary>
    public void Act(long epoch) => Interlocked.Exchange(ref acting, epoch);

    /// <summary>The runner has let go of everything.</summary>
    public void StepDown() => Interlocked.Exchange(ref acting, NoTerm);

    /// <summary>The database granted or renewed a term.</summary>
    /// <param name="row">As it says.</param>
    /// <param name="asked">Timestamp from before it was asked.</param>
    /// <param name="believed">How long from then on it is believed.</param>
    public void Hold(LeaseRow row, long asked, TimeSpan believed)
    {
        var isNew = Epoch != row.Epoch;
        (seen, Fault) = (new Seen(row, time.GetTimestamp()), null);
        term = new Term(row.Epoch, asked + (long)(believed.TotalSeconds * time.TimestampFrequency));
        if (isNew)
            Changed?.Invoke();
    }

    /// <summary>Somebody else has the lease, or nobody.</summary>
    public void Follow(LeaseRow row)
    {
        (seen, Fault) = (new Seen(row, time.GetTimestamp()), null);
        Lose();
    }

    /// <summary>The database does not answer; a term that this process has runs out by itself.</summary>
    public void Unreachable(string reason) => Fault = reason;

    /// <summary>The database refused this term: it is over, whatever the clocks say.</summary>
    public void Lose()
    {
        if (Interlocked.Exchange(ref term, null) is not null)
            Changed?.Invoke();
    }

    private sealed record Term(long Epoch, long Until);

    private sealed record Seen(LeaseRow Row, long At);
}

/// <param name="Name">The scheduler's.</param>
/// <param name="Parts">What of its configuration is not as this scheduler's; at least one.</param>
internal sealed record OtherConfiguration(string Name, ImmutableArray<string> Parts)
{
    public string Listed => string.Join(", ", Parts);
}

internal enum LeaderRole
{
    /// <summary>The database is this process's own.</summary>
    Sole,

    /// <summary>This process decides and releases.</summary>
    Leader,

    /// <summary>This process listens, and changes nothing.</summary>
    Follower,
}

/// <param name="Role">Of this process.</param>
/// <param name="Name">Who leads; empty when nobody is known to.</param>
/// <param name="Address">Where people reach it; empty when not known.</param>
/// <param name="Epoch">The newest term that is known.</param>
/// <param name="Age">Since that was read from the database; null when it never was.</param>
internal sealed record LeaderView(LeaderRole Role, string Name, string Address, long Epoch, TimeSpan? Age)
{
    /// <summary>What a follower answers to whoever wants something done.</summary>
    public string Refusal => Name.Length == 0
        ? "nothing was done: no scheduler leads at the moment. Try again in a few seconds; if it stays so, see why the database cannot be reached"
        : Address.Length == 0 ? $"nothing was done: {Name} leads, and this scheduler only listens. Ask {Name}"
        : $"nothing was done: {Name} leads, and this scheduler only listens. Ask {Name} at {Address}";
}
