using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.FleetLock;
using PatchEdge.Agent.Messaging;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Agent.Webhooks;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Service;

/// <summary>The agent at work: reads its mail, begins what a permit allows, and outlives its broker.</summary>
internal sealed partial class AgentService : BackgroundService
{
    private static readonly TimeSpan RequestExpiry = TimeSpan.FromSeconds(30);

    private readonly AgentIdentity identity;
    private readonly StateStore store;
    private readonly TimeProvider time;
    private readonly ILogger<AgentService> log;
    private readonly RefusalCounter refusals;
    private readonly Herald herald;
    private readonly BrokerLink link;
    private readonly PermitDesk permits;
    private readonly GoAheadDesk goAheads;
    private readonly RunExecutor executor;
    private readonly FleetLockListener? fleetLocks;
    private Task run = Task.CompletedTask;

    /// <param name="configuration">What agent.yaml says.</param>
    /// <param name="identity">Who we are.</param>
    /// <param name="procedures">What may be run.</param>
    /// <param name="store">The durable state, which the caller disposes.</param>
    /// <param name="time">All clocks.</param>
    /// <param name="logs">All logs.</param>
    /// <param name="connection">The wire to the broker; null takes MQTT over TCP.</param>
    /// <param name="runStep">Runs a procedure's steps; null starts processes and calls webhooks.</param>
    public AgentService(
        AgentConfiguration configuration, AgentIdentity identity, ProcedureShelf procedures, StateStore store, TimeProvider time, ILoggerFactory logs,
        MQTTnet.IMqttClient? connection = null, StepRunner? runStep = null)
    {
        this.identity = identity;
        this.store = store;
        this.time = time;
        log = logs.CreateLogger<AgentService>();
        refusals = new RefusalCounter(logs.CreateLogger<RefusalCounter>(), time);
        herald = new Herald(identity, procedures, configuration.Timings, store, time, configuration.ActsFor == ActsFor.RemoteHost);
        link = new BrokerLink(configuration.Broker, identity, configuration.Timings, herald.Will, refusals, time, logs.CreateLogger<BrokerLink>(), connection);
        permits = new PermitDesk(identity, procedures, configuration.Timings, time);
        goAheads = new GoAheadDesk(identity, configuration.Timings, refusals, time, AskAsync);
        var desk = new FleetLockDesk(time);
        executor = new RunExecutor(store, goAheads, desk, herald.Tell, configuration, runStep ?? RunStepAsync, time, logs.CreateLogger<RunExecutor>());
        if (configuration.FleetLock is { } fleetLock)
            fleetLocks = new FleetLockListener(fleetLock, desk, () => store.Current?.Run, time, logs.CreateLogger<FleetLockListener>());
    }

    public RefusalCounter Refusals => refusals;

    public override void Dispose()
    {
        base.Dispose();
        permits.Dispose();
        goAheads.Dispose();
        herald.Dispose();
    }

    /// <summary>The agent itself, on the caller's thread.</summary>
    internal Task RunAsync(CancellationToken stopping) => ExecuteAsync(stopping);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Started(log, identity.Host, identity.Site, store.Current?.HighestToken ?? -1, store.Current?.Run?.Run);
        if (store.Fault is { } fault)
            Faulty(log, fault);
        using var closing = new CancellationTokenSource();
        var heralding = herald.RunAsync(link, closing.Token);
        using var leaving = new CancellationTokenSource();
        var linking = link.RunAsync(leaving.Token);
        var listening = fleetLocks?.RunAsync(stoppingToken) ?? Task.CompletedTask;
        if (store.Current?.Run is { IsOver: false })
            run = executor.RunAsync(null, stoppingToken);
        try
        {
            await Task.WhenAll(ReadDeskAsync(stoppingToken), ReadGoAheadsAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // In order: the run comes to an edge or is cut off, its last news goes out, the connection is closed.
        }
        finally
        {
            await run;
            await listening;
            await closing.CancelAsync();
            await heralding;
            await leaving.CancelAsync();
            await linking;
            await link.DisposeAsync();
        }
    }

    private async Task ReadDeskAsync(CancellationToken stop)
    {
        while (await link.Desk.WaitToReadAsync(stop))
            while (link.Desk.TryRead(out var mail))
                await TakeAsync(mail, stop);
    }

    private async Task TakeAsync(Mail mail, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (mail.Topic == Topics.Permit(identity.Site, identity.Host))
            Judge(mail, stop);
        else if (mail.Retained)
            refusals.Count("message", Refusal.Retained, mail.Topic);
        else if (mail.Topic == Topics.Offer(identity.Site, identity.Host))
            await AnswerAsync(mail, stop);
        else
            Settle(mail);
    }

    private async Task ReadGoAheadsAsync(CancellationToken stop)
    {
        while (await link.GoAheads.WaitToReadAsync(stop))
            while (link.GoAheads.TryRead(out var mail))
                goAheads.Receive(mail.Payload, mail.Retained);
    }

    private async Task AnswerAsync(Mail mail, CancellationToken stop)
    {
        if (Read(mail, MessageJson.Default.PermitOffer) is not { } offer)
            return;
        if (permits.Answer(offer, store.Current, store.Fault, out var declined) is not { } request)
        {
            refusals.Count("offer", Refusal.Busy, declined);
            return;
        }

        var sent = await link.SendAsync(
            new Letter(Topics.PermitRequest(identity.Site, identity.Host), JsonSerializer.SerializeToUtf8Bytes(request, MessageJson.Default.PermitRequest), RequestExpiry), stop);
        Asked(log, request.Run, sent);
    }

    private void Judge(Mail mail, CancellationToken stop)
    {
        var verdict = permits.Judge(mail.Payload, mail.Retained, store.Current, store.Fault);
        if (verdict.Refusal is { } refusal)
        {
            refusals.Count("permit", refusal, verdict.Detail);
            if (verdict.Reportable)
                Report(verdict.Permit!, $"{refusal}: {verdict.Detail}");
            return;
        }

        var permit = verdict.Permit!;
        try
        {
            store.Save(store.Current! with { HighestToken = permit.Token, Run = RunRecord.Accepted(permit, verdict.Procedure!, time.GetUtcNow(), Encoding.UTF8.GetString(mail.Payload.Span)) });
        }
        catch (IOException exception)
        {
            refusals.Count("permit", Refusal.StateUnusable, exception.Message);
            Report(permit, $"{Refusal.StateUnusable}: {exception.Message}");
            return;
        }

        Accepted(log, permit.Run, permit.Token, permit.Procedure, permit.LedgerHash);
        herald.Tell(store.Current!.Run!.Progress);
        herald.Nudge();
        run = executor.RunAsync(verdict.Permission, stop);
    }

    /// <summary>Durable, and so repeated, when the agent is free; told once when another run holds it or nothing can be stored.</summary>
    private void Report(Permit permit, string reason)
    {
        var refused = RunRecord.Refused(permit, reason, time.GetUtcNow());
        try
        {
            if (store.Fault is null && store.Current is { Pending: null } state)
                store.Save(state with { Run = refused });
        }
        catch (IOException exception)
        {
            Faulty(log, exception.Message);
        }

        herald.Tell(refused.Progress);
    }

    private void Settle(Mail mail)
    {
        if (Read(mail, MessageJson.Default.ProgressAcknowledged) is not { } settled)
            return;
        if (store.Current is not { Run: { IsOver: true, Acknowledged: false } last } state
            || settled.Run != last.Run || settled.Token != last.Token || settled.Sequence != last.Progress.Sequence)
            return;
        try
        {
            store.Save(state with { Run = last with { Acknowledged = true } });
        }
        catch (IOException exception)
        {
            Faulty(log, exception.Message);
        }

        herald.Nudge();
    }

    private Task<bool> AskAsync(GoAheadRequest request, CancellationToken stop) => link.SendAsync(
        new Letter(Topics.GoAheadRequest(identity.Site, identity.Host), JsonSerializer.SerializeToUtf8Bytes(request, MessageJson.Default.GoAheadRequest), RequestExpiry), stop);

    private static Task<StepResult> RunStepAsync(
        Step step, string folder, IReadOnlyDictionary<string, string> variables, Action<ChildIdentity> started, TimeProvider time, CancellationToken interrupt) =>
        step.Webhook is null
            ? StepProcess.RunAsync(step, folder, variables, started, time, interrupt)
            : WebhookStep.RunAsync(step, folder, variables, started, time, interrupt);

    private T? Read<T>(Mail mail, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(mail.Payload.Span, json);
        }
        catch (JsonException exception)
        {
            refusals.Count("message", Refusal.Malformed, $"{mail.Topic}: {Printable.Line(exception.Message)}");
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Agent of host {Host}, site {Site}; highest token {Token}, last run {Run}.")]
    private static partial void Started(ILogger log, string host, string site, long token, string? run);

    [LoggerMessage(2, LogLevel.Critical, "{Fault}")]
    private static partial void Faulty(ILogger log, string fault);

    [LoggerMessage(3, LogLevel.Information, "Offered run {Run}; asked for its permit, sent: {Sent}.")]
    private static partial void Asked(ILogger log, string run, bool sent);

    [LoggerMessage(4, LogLevel.Warning, "Accepted run {Run} with token {Token}: procedure {Procedure}, ledger entry {LedgerHash}.")]
    private static partial void Accepted(ILogger log, string run, long token, string procedure, string? ledgerHash);
}
