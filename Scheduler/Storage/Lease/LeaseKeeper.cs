using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution.Permits;

namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Takes the lease when it is free, renews it, and hands it back at the end. What others do with a term is theirs to ask <see cref="Leadership"/>.</summary>
internal sealed partial class LeaseKeeper(
    LeaseStore store,
    CandidateStore candidates,
    PlantReach reach,
    SharedConfiguration configuration,
    Leadership leadership,
    PermitSigner signer,
    ConsoleAddress address,
    SchedulerOptions options,
    TimeProvider time,
    ILogger<LeaseKeeper> log) : BackgroundService
{
    /// <summary>Renewals to a lease: four may fail before it ends.</summary>
    private const int Renewals = 5;

    private readonly TimeSpan length = options.Database!.Lease;
    private readonly TimeSpan patience = options.Database.BrokerPatience;
    private IReadOnlyList<Candidate> others = [];
    private long ledSince;
    private long? freeSince;
    private long? steppedDown;
    private LeaseRow? last;
    private long unchangedSince = time.GetTimestamp();
    private string lastFault = "";

    /// <summary>How long of a lease is believed, so that its holder stops before another can begin.</summary>
    public static TimeSpan Believed(TimeSpan length) => length * 3 / 4;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var mine = leadership.Epoch;
        leadership.Lose();
        try
        {
            await candidates.LeaveAsync(cancellationToken);
            if (mine is not { } epoch)
                return;
            await store.ReleaseAsync(epoch, cancellationToken);
            HandedBack(epoch);
        }
        catch (Exception exception) when (DatabaseFault.Is(exception) || exception is OperationCanceledException)
        {
            NotReached(DatabaseFault.Reason(exception));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(length / Renewals, time);
        try
        {
            do
                await TurnAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One look at the lease; never throws for what the database does.</summary>
    internal async Task TurnAsync(CancellationToken stopping)
    {
        // A connection that falls silent while it is opened knows no other limit; a turn longer than a lease is worth nothing.
        using var deadline = new CancellationTokenSource(length, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        try
        {
            await TurnWithinAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            Unreached("the server did not answer for as long as a lease lasts");
        }
    }

    private async Task TurnWithinAsync(CancellationToken cancellation)
    {
        var asked = time.GetTimestamp();
        var mine = leadership.Epoch;
        try
        {
            var row = mine is { } epoch ? await store.RenewAsync(epoch, address.Value, length, cancellation) : await TryTakeAsync(cancellation);
            if (row is not null)
                leadership.Hold(row, asked, Believed(length));
            else
                leadership.Follow(await store.ReadAsync(cancellation));
            if (mine is null && row is not null)
            {
                (ledSince, freeSince) = (asked, null);
                Leads(row.Epoch);
            }
            else if (mine is { } lost && row is null)
            {
                Lost(lost);
            }

            // After the lease, which must not wait for anything.
            reach.Look();
            configuration.Refresh();
            await candidates.SayAsync(reach.Hears, configuration.Text, cancellation);
            others = await candidates.OthersAsync(length, cancellation);
            Compare();
            if (row is not null && Successor() is { } next)
                await StepDownAsync(row.Epoch, next, cancellation);
            lastFault = "";
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            Unreached(DatabaseFault.Reason(exception));
        }
    }

    private void Unreached(string reason)
    {
        leadership.Unreachable(reason);
        if (reason != lastFault)
            NotReached(reason);
        lastFault = reason;
    }

    /// <summary>A row that stood still for twice its length has nobody behind it, even when the database's clock was set back and says that it lasts.</summary>
    private async Task<LeaseRow?> TryTakeAsync(CancellationToken cancellation)
    {
        var row = await store.ReadAsync(cancellation);
        if (last is null || row.Epoch != last.Epoch || row.RenewedAt != last.RenewedAt)
            (last, unchangedSince) = (row, time.GetTimestamp());
        var stuck = row.IsHeld && time.GetElapsedTime(unchangedSince) > length * 2;
        leadership.Follow(row);
        if (row.IsHeld && !stuck)
        {
            freeSince = null;
            return null;
        }

        freeSince ??= time.GetTimestamp();
        if (IsLeftToOthers(freeSince.Value))
            return null;
        // What the last leader was configured to do is what people know to be in force.
        var before = row.Name.Replace(OfflineTerm.NameEnd, "", StringComparison.Ordinal);
        leadership.Before = before != options.Name && configuration.DifferencesFrom(await candidates.ConfigurationOfAsync(before, cancellation)) is { Length: > 0 } parts
            ? new OtherConfiguration(before, parts)
            : null;
        return await store.TryTakeAsync(options.Name, address.Value, signer.Thumbprint, length, stuck ? row : null, cancellation);
    }

    private void Compare()
    {
        string[] now =
        [
            .. others.Select(other => new OtherConfiguration(other.Name, configuration.DifferencesFrom(other.Configuration))).Where(other => !other.Parts.IsEmpty)
                .Select(other => $"{other.Listed}: not as at {other.Name}"),
        ];
        if (now.SequenceEqual(leadership.Differences))
            return;
        leadership.Differences = now;
        if (now.Length > 0)
            Differs(string.Join("; ", now));
        else
            DiffersNoMore();
    }

    /// <summary>While another hears the plant and this one does not, a free lease is the other's, for as long as it would take it to notice twice over.</summary>
    private bool IsLeftToOthers(long since) =>
        !reach.Hears && others.Any(other => other.Hears is not null) && time.GetElapsedTime(since) < length;

    /// <summary>Who is handed the lease, because this leader has heard nothing for too long; null when it keeps it.</summary>
    /// <remarks>Whoever stepped down is handed nothing, and hands nothing on, for a while: two schedulers that lose their brokers by turns do not pass the lease to and fro.</remarks>
    private Candidate? Successor() =>
        reach.Silence < patience || time.GetElapsedTime(ledSince) < patience || (steppedDown is { } at && time.GetElapsedTime(at) < patience * Candidate.HoldOff)
            ? null
            : others.FirstOrDefault(other => other.MayFollow(Schema.Version, length / Renewals, patience));

    private async Task StepDownAsync(long epoch, Candidate next, CancellationToken cancellation)
    {
        await candidates.StepDownAsync(cancellation);
        steppedDown = time.GetTimestamp();
        SteppedDown(epoch, reach.Silence.TotalSeconds, next.Name);
        leadership.Lose();
        await store.ReleaseAsync(epoch, cancellation);
    }

    [LoggerMessage(3901, LogLevel.Information, "This scheduler has the lease: term {Epoch}.")]
    private partial void Leads(long epoch);

    [LoggerMessage(3902, LogLevel.Warning, "This scheduler has lost the lease of term {Epoch}: it decides and releases nothing.")]
    private partial void Lost(long epoch);

    [LoggerMessage(3903, LogLevel.Error, "The lease cannot be asked for: {Reason}. Without it nothing is decided or released.")]
    private partial void NotReached(string reason);

    [LoggerMessage(3905, LogLevel.Warning, "Handed back the lease of term {Epoch}: this scheduler has heard nothing of the plant for {Seconds:0} s, and {Next} hears it. See its connection to the broker.")]
    private partial void SteppedDown(long epoch, double seconds, string next);

    [LoggerMessage(3906, LogLevel.Warning, "Schedulers of this database are configured differently. {Differences}. If another takes over, it releases nothing until somebody resumes: make the files the same, and restart who reads them at its start.")]
    private partial void Differs(string differences);

    [LoggerMessage(3907, LogLevel.Information, "No scheduler that lives is configured differently any more.")]
    private partial void DiffersNoMore();

    [LoggerMessage(3904, LogLevel.Information, "Handed back the lease of term {Epoch}.")]
    private partial void HandedBack(long epoch);
}
