using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Execution.Holds;

/// <summary>
/// Asks the lines of a run to refuse a start, one after the other in sorted order and all or none, and clears every hold that is no
/// longer wanted until its controller was heard to be free. Only the runner's loop calls it.
/// </summary>
internal sealed partial class LineHolding(
    IDbContextFactory<SchedulerDb> databases, Recorder recorder, HoldCarrier carrier, RunMemory memory, SchedulerOptions options, TimeProvider time, ILogger<LineHolding> log)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>A run has few tries, and a line is held with one token at a time.</summary>
    private const int MostStrays = 32;

    /// <summary>How long all lines together may take: what is left of the permit's lifetime is for the permit.</summary>
    private TimeSpan Within => options.PermitLifetime / 2;

    /// <summary>Asks the first line that has not answered yet.</summary>
    public async Task AskNextAsync(string runId, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var run = await db.Runs.AsNoTracking().FirstOrDefaultAsync(item => item.Id == runId, cancellation);
        if (run is { State: RunState.Held } && RunHolds.Read(run.Holds) is { } holds && Next(holds) is { } line)
            await carrier.SendAsync(run.Id, HoldOrder.Hold(line, holds), cancellation);
    }

    /// <summary>Takes an answer in. One that nobody asked for changes nothing.</summary>
    /// <returns>True when every line of the run is held now.</returns>
    public async Task<bool> OnReplyAsync(HoldReply reply, CancellationToken cancellation)
    {
        if (carrier.Asked(reply.Run, reply.Line, reply.Token)?.IsAnsweredBy(reply) != true)
        {
            NotAsked(reply.Action, Plant.Files.Text.Printable.Line(reply.Line), reply.Token);
            if (reply is { Action: HoldAction.Hold, Granted: true })
                await ClearUnwantedAsync(reply, cancellation);
            return false;
        }

        if (reply.Action == HoldAction.Release)
        {
            if (reply.Answered)
                await ReleasedAsync(reply, cancellation);
            return false;
        }

        carrier.Forget(reply.Run, reply.Line, reply.Token);
        if (Refusal(reply) is { } refusal)
        {
            await GiveUpAsync(reply.Run, refusal, cancellation);
            return false;
        }

        var all = await recorder.WriteAsync(scope => GrantedAsync(scope, reply), cancellation);
        if (all == false)
            await AskNextAsync(reply.Run, cancellation);
        return all == true;
    }

    /// <summary>Back to waiting: whatever was or may have been held is cleared, and the next try has a higher token.</summary>
    public async Task GiveUpAsync(string runId, string reason, CancellationToken cancellation)
    {
        await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(runId) is not { State: RunState.Held } run)
                return false;
            var token = run.Token;
            (run.Token, run.LedgerHash, run.Nonce) = (null, null, null);
            run.RestUntil = scope.Now + options.Rest;
            await scope.MoveAsync(run, RunState.Armed, reason, Actors.Scheduler, new JsonObject { ["heldToken"] = token });
            return true;
        }, cancellation);
        var remembered = memory.Of(runId);
        remembered.Held.Clear();
        remembered.OfferedFirst.Clear();
        GaveUp(runId, reason);
        await LookAsync(cancellation);
    }

    /// <summary>Asks again whoever has not answered, gives up what takes too long, and calls people to holds that have expired.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        foreach (var run in await db.Runs.AsNoTracking().Where(item => item.Holds != null || item.State == RunState.Held).ToListAsync(cancellation))
        {
            var holds = RunHolds.Read(run.Holds);
            foreach (var stray in holds?.Strays ?? [])
                await AskToFreeAsync(run, HoldOrder.Release(stray.Line, stray.Token, stray.Gateway), cancellation);
            if (run.State == RunState.Held)
                await LookAtHeldAsync(run, cancellation);
            else if (holds is not null)
                await LookAtHoldsAsync(run, holds, cancellation);
        }
    }

    private async Task LookAtHeldAsync(Run run, CancellationToken cancellation)
    {
        if (memory.Of(run.Id).Held.Elapsed is not { } elapsed)
        {
            await GiveUpAsync(run.Id, "the scheduler restarted before the permit was signed", cancellation);
            return;
        }

        if (RunHolds.Read(run.Holds) is not { } holds || Next(holds) is not { } line)
        {
            // Held, and still no permit: whatever came between, this nonce is too old for another try.
            if (elapsed > Within)
                await GiveUpAsync(run.Id, "the permit could not be signed in time", cancellation);
            return;
        }

        if (elapsed > Within)
            await GiveUpAsync(run.Id, $"no gateway said within {Words.Span(Within)} whether {line} is held", cancellation);
        else if (carrier.Asked(run.Id, line, holds.Token)?.Last.Elapsed is not { } since || since >= AskAgain)
            await carrier.SendAsync(run.Id, HoldOrder.Hold(line, holds), cancellation);
    }

    private async Task LookAtHoldsAsync(Run run, RunHolds holds, CancellationToken cancellation)
    {
        foreach (var line in holds.Lines)
            if (line.Stage != HoldStage.Releasing)
                await NoteExpiryAsync(run, holds, line, cancellation);
            else
                await AskToFreeAsync(run, HoldOrder.Release(line.Line, holds.Token, line.Gateway), cancellation);
    }

    private async Task AskToFreeAsync(Run run, HoldOrder order, CancellationToken cancellation)
    {
        if (carrier.Asked(run.Id, order.Line, order.Token) is not { Action: HoldAction.Release } asking || asking.Last.Elapsed is not { } since || since >= Pause(asking.Sent))
            await carrier.SendAsync(run.Id, order, cancellation);
    }

    private async Task NoteExpiryAsync(Run run, RunHolds holds, LineHold line, CancellationToken cancellation)
    {
        if (line.ExpiryNoted || time.GetUtcNow() < holds.Until)
            return;
        await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(run.Id) is not { } stored || RunHolds.Read(stored.Holds) is not { } current || current.Of(line.Line) is not { ExpiryNoted: false } held)
                return false;
            stored.Holds = current.With(held with { ExpiryNoted = true }).Write();
            await scope.AppendAsync(Record(LedgerActions.HoldExpired, stored, current.Token, held, $"the hold of {line.Line} has lasted longer than it was asked for; the line stays inhibited, and people must look"));
            return true;
        }, cancellation);
        Expired(run.Id, line.Line, holds.Token);
    }

    /// <summary>Null when it was not this run's to grant; else whether every line is held now.</summary>
    private static async Task<bool?> GrantedAsync(RecordScope scope, HoldReply reply)
    {
        if (await scope.RunAsync(reply.Run) is not { State: RunState.Held } run || run.Token != reply.Token
            || RunHolds.Read(run.Holds) is not { } holds || holds.Of(reply.Line) is not { Stage: HoldStage.Asked } asked)
            return null;
        var granted = asked with { Stage = HoldStage.Granted, Gateway = reply.Gateway, Epoch = reply.Epoch, ReadAt = reply.ReadAt };
        holds = holds.With(granted);
        run.Holds = holds.Write();
        await scope.AppendAsync(Record(LedgerActions.HoldGranted, run, holds.Token, granted, $"{reply.Line} refuses to start, and was read as idle after it said so"));
        return holds.AllGranted;
    }

    private async Task ReleasedAsync(HoldReply reply, CancellationToken cancellation)
    {
        await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(reply.Run) is not { } run || RunHolds.Read(run.Holds) is not { } holds)
                return false;
            LineHold cleared;
            if (holds.Token == reply.Token && holds.Of(reply.Line) is { Stage: HoldStage.Releasing } line)
                (cleared, run.Holds) = (line, holds.Without(reply.Line)?.Write());
            else if (holds.Strays.FirstOrDefault(item => item.Line == reply.Line && item.Token == reply.Token) is { } stray)
                (cleared, run.Holds) = (new LineHold(stray.Line, HoldStage.Releasing), holds.Without(stray)?.Write());
            else
                return false;
            await scope.AppendAsync(Record(LedgerActions.HoldReleased, run, reply.Token, cleared with { Gateway = reply.Gateway },
                reply.Granted ? $"{reply.Line} is free to start" : $"{reply.Line} is not held with this token: {reply.Reason}"));
            return true;
        }, cancellation);
        carrier.Forget(reply.Run, reply.Line, reply.Token);
        Released(reply.Run, reply.Line, reply.Token, reply.Granted);
    }

    /// <summary>A request that was thought lost reached a controller after its run had let go of the line: it is to be free again, whatever the run holds by now.</summary>
    private async Task ClearUnwantedAsync(HoldReply reply, CancellationToken cancellation)
    {
        var unwanted = await recorder.WriteAsync(async scope =>
        {
            if (await scope.RunAsync(reply.Run) is not { } run || (run.Token == reply.Token && !run.State.IsFinal)
                || WithUnwanted(RunHolds.Read(run.Holds), reply, scope.Now) is not { } holds || !await WasIntendedAsync(scope, run, reply))
                return false;
            run.Holds = holds.Write();
            await scope.AppendAsync(Record(LedgerActions.HoldReleaseIntended, run, reply.Token, new LineHold(reply.Line, HoldStage.Releasing, reply.Gateway, reply.Epoch),
                $"{reply.Line} was held by a request that came after its release"));
            return true;
        }, cancellation);
        if (unwanted)
            await LookAsync(cancellation);
    }

    /// <summary>What the run holds, and this line as one to be cleared; null when it is known already.</summary>
    private static RunHolds? WithUnwanted(RunHolds? holds, HoldReply reply, DateTimeOffset now)
    {
        var line = new LineHold(reply.Line, HoldStage.Releasing, reply.Gateway, reply.Epoch);
        if (holds is null)
            return new RunHolds { Token = reply.Token, Since = now, DurationMs = 0, Lines = [line] };
        if (holds.Token == reply.Token)
            return holds.Of(reply.Line) is null ? holds with { Lines = holds.Lines.Add(line) } : null;
        return holds.Strays.Length >= MostStrays || holds.Strays.Any(stray => stray.Line == reply.Line && stray.Token == reply.Token)
            ? null
            : holds with { Strays = holds.Strays.Add(new StrayHold(reply.Line, reply.Token, reply.Gateway)) };
    }

    /// <summary>The ledger says that this token was this run's: nobody can have anything cleared by naming another.</summary>
    private static async Task<bool> WasIntendedAsync(RecordScope scope, Run run, HoldReply reply) =>
        await scope.Db.Ledger.AsNoTracking().FirstOrDefaultAsync(entry => entry.Index == reply.Token, scope.Cancellation) is { } entry && JsonNode.Parse(entry.Json) is { } content
        && (string?)content["action"] == LedgerActions.ReleaseIntended && (string?)content["subject"] == run.Id;

    private static string? Refusal(HoldReply reply) => reply switch
    {
        { Answered: false } => $"{reply.Line} could not be asked to refuse a start: {reply.Reason}",
        { Granted: false } => $"{reply.Line} does not let itself be held: {reply.Reason}",
        { IdleAfterHold: not true } => $"{reply.Line} was not read as idle after it was held: {reply.Reason}",
        _ => null,
    };

    private static string? Next(RunHolds holds) => holds.Lines.FirstOrDefault(line => line.Stage == HoldStage.Asked)?.Line;

    private static TimeSpan Pause(int sent)
    {
        var pause = AskAgain * sent;
        return pause < LongestPause ? pause : LongestPause;
    }

    private static LedgerRecord Record(string action, Run run, long token, LineHold line, string reason) => new()
    {
        Actor = Actors.Scheduler,
        Action = action,
        Subject = run.Id,
        Reason = reason,
        After = new JsonObject
        {
            ["line"] = line.Line,
            ["token"] = token,
            ["gateway"] = line.Gateway,
            ["epoch"] = line.Epoch,
            ["readAt"] = line.ReadAt?.ToUniversalTime().ToString("O"),
        },
    };

    [LoggerMessage(3301, LogLevel.Information, "{Run} waits again: {Reason}.")]
    private partial void GaveUp(string run, string reason);

    [LoggerMessage(3302, LogLevel.Information, "The hold of {Line} with token {Token} for {Run} is cleared; the controller had it {Had}.")]
    private partial void Released(string run, string line, long token, bool had);

    [LoggerMessage(3303, LogLevel.Error, "The hold of {Line} with token {Token} for {Run} has expired. The line stays inhibited until the run is over: look at the host and at the line.")]
    private partial void Expired(string run, string line, long token);

    [LoggerMessage(3304, LogLevel.Warning, "An answer about {Action} of line {Line} with token {Token} was dropped: nobody asked, or has given up since.")]
    private partial void NotAsked(HoldAction action, string line, long token);
}
