using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Continuity;

/// <summary>Keeps gaps, attestations and changes of lines as gateways send them: at least once, so that each is known by its own identity, and for as long as configured.</summary>
/// <remarks>What finds no room is counted and put on record, since a gap that was lost must not look like coverage.</remarks>
internal sealed partial class ContinuityIntake(
    IDbContextFactory<ContinuityDb> databases, PlantModel plant, SchedulerOptions options, TimeProvider time, ILogger<ContinuityIntake> log) : BackgroundService
{
    private const int Room = 20_000;
    private const int MostAtOnce = 500;
    private const int LongestText = 1_000;
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryPace = TimeSpan.FromSeconds(2);

    private readonly Channel<object> waiting = Channel.CreateBounded<object>(new BoundedChannelOptions(Room) { SingleReader = true });
    private readonly ConcurrentDictionary<(string Line, string Gateway), (string State, string? Batch)> lastOfLine = new();
    private readonly HashSet<string> tags = plant.Tags.Select(tag => tag.Name).ToHashSet(StringComparer.Ordinal);
    private long lost;

    /// <summary>False when it is not of this plant or finds no room.</summary>
    public bool Take(Gap gap) => tags.Contains(gap.Tag) && gap.Id.Length is > 0 and <= LongestText && Post(gap);

    /// <param name="attestation">What it says.</param>
    /// <param name="body">As it was sent: the next one's hash covers these bytes.</param>
    public bool Take(Attestation attestation, ReadOnlySequence<byte> body) => attestation.Site == plant.Site && attestation.End >= attestation.Start && Post(new StoredAttestation
    {
        Gateway = attestation.Gateway, Sequence = attestation.Sequence, Start = attestation.Start, End = attestation.End, Body = Encoding.UTF8.GetString(body),
    });

    /// <summary>Keeps a report whose state or batch is not that of the last one.</summary>
    public void Take(LineReport report)
    {
        var key = (report.Line, report.Gateway);
        var now = (report.State.ToString(), report.Batch);
        if (report.Site != plant.Site || (lastOfLine.TryGetValue(key, out var last) && last == now))
            return;
        if (Post(new LineChange
        {
            Line = report.Line, Gateway = report.Gateway, At = report.At, State = now.Item1, Batch = Short(report.Batch), Reason = Short(report.Reason)!, ClockOffsetMs = report.ClockOffsetMs,
        }))
            lastOfLine[key] = now;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        long? pruned = null;
        var batch = new List<object>();
        try
        {
            while (await waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                while (batch.Count < MostAtOnce && waiting.Reader.TryRead(out var item))
                    batch.Add(item);
                while (!await TryStoreAsync(batch, stoppingToken))
                    await Task.Delay(RetryPace, time, stoppingToken);
                batch.Clear();
                if (pruned is { } last && time.GetElapsedTime(last) < PruneEvery)
                    continue;
                pruned = time.GetTimestamp();
                await PruneAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private bool Post(object item)
    {
        if (waiting.Writer.TryWrite(item))
            return true;
        Interlocked.Increment(ref lost);
        return false;
    }

    private async Task<bool> TryStoreAsync(List<object> batch, CancellationToken cancellation)
    {
        var missed = Interlocked.Exchange(ref lost, 0);
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellation);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            foreach (var item in batch)
                if (item is Gap gap)
                    await StoreAsync(db, gap, cancellation);
                else if (item is StoredAttestation attestation)
                    await StoreAsync(db, attestation, cancellation);
                else
                    await StoreAsync(db, (LineChange)item, cancellation);
            if (missed > 0)
                db.Add(new IntakeLoss { At = time.GetUtcNow(), Messages = missed });
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return true;
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            Interlocked.Add(ref lost, missed);
            NotStored(batch.Count, DatabaseFault.Reason(exception));
            return false;
        }
    }

    /// <summary>A gap that was closed or repaired stays so when an older word of it comes again.</summary>
    private static Task<int> StoreAsync(ContinuityDb db, Gap gap, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
        INSERT INTO gap ("Id", "Tag", "Line", "Gateway", "Server", "Cause", "Start", "End", "Repair", "Run", "Detail")
        VALUES ({gap.Id}, {gap.Tag}, {gap.Line}, {gap.Gateway}, {gap.Server}, {gap.Cause.ToString()}, {gap.Start.ToUnixTimeMilliseconds()}, {gap.End?.ToUnixTimeMilliseconds()},
                {gap.Repair.ToString()}, {gap.Run}, {Short(gap.Detail)})
        ON CONFLICT ("Id") DO UPDATE SET
            "Cause" = excluded."Cause", "Start" = excluded."Start", "End" = coalesce(excluded."End", gap."End"),
            "Repair" = CASE excluded."Repair" WHEN 'None' THEN gap."Repair" ELSE excluded."Repair" END, "Run" = coalesce(excluded."Run", gap."Run"), "Detail" = excluded."Detail"
        """, cancellation);

    private static Task<int> StoreAsync(ContinuityDb db, StoredAttestation attestation, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
        INSERT INTO attestation ("Gateway", "Sequence", "Start", "End", "Body")
        VALUES ({attestation.Gateway}, {attestation.Sequence}, {attestation.Start.ToUnixTimeMilliseconds()}, {attestation.End.ToUnixTimeMilliseconds()}, {attestation.Body})
        ON CONFLICT ("Gateway", "Sequence") DO NOTHING
        """, cancellation);

    private static Task<int> StoreAsync(ContinuityDb db, LineChange change, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
        INSERT INTO line_change ("Line", "Gateway", "At", "State", "Batch", "Reason", "ClockOffsetMs")
        VALUES ({change.Line}, {change.Gateway}, {change.At.ToUnixTimeMilliseconds()}, {change.State}, {change.Batch}, {change.Reason}, {change.ClockOffsetMs})
        ON CONFLICT DO NOTHING
        """, cancellation);

    private async Task PruneAsync(CancellationToken cancellation)
    {
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellation);
            var before = time.GetUtcNow() - options.ContinuityRetention;
            await db.Gaps.Where(gap => gap.End < before).ExecuteDeleteAsync(cancellation);
            await db.Attestations.Where(attestation => attestation.End < before).ExecuteDeleteAsync(cancellation);
            await db.Lines.Where(change => change.At < before).ExecuteDeleteAsync(cancellation);
            await db.Losses.Where(loss => loss.At < before).ExecuteDeleteAsync(cancellation);
            await db.Seals.Where(seal => seal.At < before).ExecuteDeleteAsync(cancellation);
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            NotStored(0, exception.Message);
        }
    }

    private static string? Short(string? text) => text?.Length > LongestText ? text[..LongestText] : text;

    [LoggerMessage(3701, LogLevel.Error, "{Count} records of continuity could not be stored: {Reason}. They are kept in memory and tried again; check the disk of the data directory.")]
    private partial void NotStored(int count, string reason);
}
