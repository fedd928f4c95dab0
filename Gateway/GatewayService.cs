using System.Buffers;
using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Acquisition.Redundancy;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Continuity.Stage;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.Gateway.Delivery.Verification;
using PatchEdge.Gateway.Holds;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Gateway.Options;
using PatchEdge.Gateway.Reload;
using PatchEdge.Gateway.Repair;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway;

/// <summary>The gateway as a whole: built from the far end of the pipeline to its near end, and taken down the other way, so that nothing arrives where nobody takes it.</summary>
internal sealed class GatewayService(GatewayConfiguration configuration, TimeProvider time, ILoggerFactory logs, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private readonly Stack<IAsyncDisposable> parts = new();
    private readonly List<(string Name, Task Loop)> loops = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly List<ServerWatch> watches = [];
    private readonly List<HistoryRepairer> repairers = [];
    private ContinuityStage? stage;
    private JournalWriter? journal;
    private StageInput? input;
    private HoldDesk? holds;
    private volatile IReadOnlyDictionary<int, (string Tag, string Line)> recorded = ImmutableDictionary<int, (string Tag, string Line)>.Empty;
    private Task? supervision;
    private volatile Action<ReadOnlySequence<byte>, bool>? takeHold;

    /// <exception cref="JournalException">The journal cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BuildAsync(cancellationToken).ConfigureAwait(false);
            supervision = SuperviseAsync();
        }
        catch
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        stage?.Close();
        while (parts.TryPop(out var part))
        {
            try
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // The others must still come to their end: the journal above all.
                GatewayLog.StopFailed(logs.CreateLogger("Gateway"), part.GetType().Name, exception);
            }
        }

        if (supervision is not null)
            await supervision.ConfigureAwait(false);
    }

    public void Dispose() => stopping.Dispose();

    /// <summary>A loop that ends by itself leaves a gateway that looks alive and does nothing: then the process must end, and whoever keeps it starts it again.</summary>
    private async Task SuperviseAsync()
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, time, stopping.Token);
        var ended = await Task.WhenAny([stopped, .. loops.Select(loop => loop.Loop)]).ConfigureAwait(false);
        if (ended == stopped || stopping.IsCancellationRequested)
            return;
        GatewayLog.LoopEnded(logs.CreateLogger("Gateway"), loops.First(loop => loop.Loop == ended).Name, ended.Exception);
        Environment.ExitCode = Cli.ExitCodes.Problem;
        lifetime.StopApplication();
    }

    private async Task BuildAsync(CancellationToken cancel)
    {
        var options = configuration.Options;
        var site = configuration.Plant.Site;
        string[] sinks = [.. options.Influx is null ? Array.Empty<string>() : ["influxdb"], .. options.Mqtt is null ? Array.Empty<string>() : ["mqtt"]];
        string[] verified = options.Influx?.VerifyPace is null ? [] : [HistorianVerification.CursorName];
        journal = JournalWriter.Open(options.Journal, site, options.Name, sinks, time, logs.CreateLogger("Gateway.Journal"), verified);
        parts.Push(journal);
        loops.Add(("the journal", journal.Completion));
        JournalRecovery recovery;
        using (var reader = new JournalReader(options.Journal.Directory))
            recovery = reader.Recover();
        var ids = await SourceNumbers.AssignAsync(configuration.Table, journal, recovery, Moment.Of(time.GetUtcNow()), cancel).ConfigureAwait(false);
        var boot = Guid.NewGuid().ToString("N");
        GatewayLog.Starting(logs.CreateLogger("Gateway"), options.Name, site, configuration.Table.Servers.Length, configuration.Table.Tags.Length, boot);

        ILiveReports live = new NoLiveReports();
        MqttLink? link = null;
        var pumps = new List<SinkPump>();
        if (options.Mqtt is { } mqtt)
            live = StartMqtt(link = Connect(mqtt, boot, journal), journal, pumps);
        if (options.Influx is { } influx)
            StartInflux(influx, ids, journal, pumps);
        input = new StageInput { News = new RunNews(time), Options = options, Plant = configuration.Plant, Table = configuration.Table, JournalIds = ids, Recovery = recovery, Boot = boot };
        stage = new ContinuityStage(
            input, journal, live, time, logs.CreateLogger("Gateway.Continuity"));
        stage.Follow(pumps);
        parts.Push(stage);
        loops.Add(("continuity", stage.Completion));

        var certificates = new CertificateStore(options.Pki, time);
        var clients = new Dictionary<string, UaClient>(StringComparer.Ordinal);
        for (var server = 0; server < configuration.Table.Servers.Length; server++)
        {
            var connection = ServerConnection.OptionsFor(configuration.Table.Servers[server], configuration, certificates, time);
            var watch = new ServerWatch(server, configuration.Table, connection, stage.Arrivals, time, logs.CreateLogger("Gateway.Acquisition"),
                asleep: IsStandby(configuration.Table.Servers[server]));
            parts.Push(watch);
            watches.Add(watch);
            loops.Add(("the watch of " + configuration.Table.Servers[server].Name, watch.Completion));
            clients[configuration.Table.Servers[server].Name] = watch.Client;
            var repairer = new HistoryRepairer(
                server, configuration.Table, watch.Client, stage.Arrivals, journal, options.Journal.Directory, new RepairOptions(), time, logs.CreateLogger("Gateway.Repair"));
            parts.Push(repairer);
            repairers.Add(repairer);
            loops.Add(("the repairs from " + configuration.Table.Servers[server].Name, repairer.Completion));
        }

        StartWarmSets();
        if (link is not null)
            StartHolds(link, clients);
        var file = Path.Combine(configuration.Directory, PlantFile.FileName);
        var reload = new PlantWatch(file, configuration.TagsFile, configuration.Plant.Hash, ReloadAsync, TellAsync, time, logs.CreateLogger("Gateway.Reload"));
        parts.Push(reload);
        loops.Add(("reloading", reload.Completion));
    }

    /// <summary>Whether another member of the server's warm set is sampled first.</summary>
    private bool IsStandby(OpcUaServer server) =>
        WarmMembers(configuration.Plant.RedundancySets.FirstOrDefault(set => set.Name == server.Set)) is [var first, ..] && first != server.Name;

    /// <summary>Members of a warm set that this gateway watches, in order of preference; empty for any other set.</summary>
    private ImmutableArray<string> WarmMembers(RedundancySet? set) =>
        set is { Mode: RedundancyMode.Warm } ? [.. set.Members.Where(member => configuration.Table.Servers.Any(server => server.Name == member))] : [];

    private void StartWarmSets()
    {
        foreach (var set in configuration.Plant.RedundancySets)
        {
            var members = WarmMembers(set).Select(member => watches.First(watch => watch.Name == member)).ToImmutableArray();
            if (members.Length < 2)
                continue;
            var warm = new WarmSet(set.Name, members, time, logs.CreateLogger("Gateway.Acquisition"));
            parts.Push(warm);
            loops.Add(("the redundancy of " + set.Name, warm.Completion));
        }
    }

    private void StartHolds(MqttLink link, Dictionary<string, UaClient> clients)
    {
        holds = new HoldDesk(configuration.Plant, configuration.Options.Name, clients, link, input!.News, new HeldLines(configuration.Options.Journal.Directory), time, logs.CreateLogger("Gateway.Holds"),
            reply => journal!.TryWrite(ReleaseWork.Of(reply, time.GetUtcNow())));
        parts.Push(holds);
        loops.AddRange(holds.Loops);
        takeHold = holds.Take;
    }

    /// <summary>Has a valid plant take the place of the one in force: first the account, then what is watched.</summary>
    /// <returns>Why only a restart can; null when it is done.</returns>
    private async Task<string?> ReloadAsync(PlantDocument document, CancellationToken cancel)
    {
        var (before, plant) = (input!, document.Model);
        if (SourceRevision.Obstacle(before.Table, before.Plant, plant, configuration.Options.Name) is { } obstacle)
            return obstacle;
        var step = SourceRevision.Of(before.Table, plant);
        JournalRecovery recovery;
        using (var reader = new JournalReader(configuration.Options.Journal.Directory))
            recovery = reader.Recover();
        var since = Moment.Of(time.GetUtcNow());
        var ids = await SourceNumbers.AssignAsync(step.Table, journal!, recovery, since, cancel).ConfigureAwait(false);
        Record(step.Table, ids);
        var next = before with { Plant = plant, Table = step.Table, JournalIds = ids };
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await stage!.Arrivals.WriteAsync(new Arrived.Revised(since, next, step, taken), cancel).ConfigureAwait(false);
        await taken.Task.WaitAsync(cancel).ConfigureAwait(false);
        input = next;
        foreach (var watch in watches)
            watch.Revise(step.Table);
        foreach (var repairer in repairers)
            repairer.Revise(step.Table);
        holds?.Revise(plant);
        ReloadLog.TakenOver(logs.CreateLogger("Gateway.Reload"), step.Added.Length, step.Retired.Length, step.Table.Watched, plant.Hash[..12]);
        return null;
    }

    private Task TellAsync(string? trouble, CancellationToken cancel) =>
        stage!.Arrivals.WriteAsync(new Arrived.Configured(Moment.Of(time.GetUtcNow()), trouble), cancel).AsTask();

    /// <summary>What the historian takes. What a tag that is gone left in the journal is delivered still.</summary>
    private void Record(SourceTable table, ImmutableArray<int> ids)
    {
        var next = recorded.ToDictionary();
        for (var source = 0; source < ids.Length; source++)
            if (!table.Map.Sources[source].Retired && table.Tags[source] is { Record: true } tag)
                next[ids[source]] = (tag.Name, tag.Line);
            else if (!table.Map.Sources[source].Retired)
                next.Remove(ids[source]);
        recorded = next;
    }

    /// <summary>What is heard before the desk for holds stands is dropped: whoever asked asks again, and nothing is held meanwhile.</summary>
    private MqttLink Connect(MqttOptions mqtt, string boot, JournalWriter journal)
    {
        var (site, name) = (configuration.Plant.Site, configuration.Options.Name);
        var offline = new GatewayStatus { Site = site, Gateway = name, Boot = boot, Online = false };
        var heads = new LedgerHeads(configuration.Options.Journal.Directory, site, name, journal, time, logs.CreateLogger("Gateway.Delivery.Mqtt"));
        var holds = new MqttListener(Topics.HoldRequest(site, name), (payload, retained) => takeHold?.Invoke(payload, retained));
        var link = new MqttLink(mqtt, offline, time, Random.Shared, logs.CreateLogger("Gateway.Delivery.Mqtt"), holds, new MqttListener(Topics.LedgerHead(site), heads.Take));
        heads.GiveBackOver(link);
        parts.Push(link);
        parts.Push(heads);
        loops.Add(("the MQTT connection", link.Completion));
        loops.Add(("heads of the ledger", heads.Completion));
        return link;
    }

    private LivePublisher StartMqtt(MqttLink link, JournalWriter journal, List<SinkPump> pumps)
    {
        var (site, name) = (configuration.Plant.Site, configuration.Options.Name);
        var log = logs.CreateLogger("Gateway.Delivery.Mqtt");
        var pump = new SinkPump(journal, configuration.Options.Journal.Directory, new MqttSink(link, site, name, journal, time, log), time, log);
        parts.Push(pump);
        pumps.Add(pump);
        loops.Add(("delivery to " + pump.Sink.Name, pump.Completion));
        var publisher = new LivePublisher(link, time);
        parts.Push(publisher);
        loops.Add(("MQTT reports", publisher.Completion));
        return publisher;
    }

    private void StartInflux(InfluxOptions influx, ImmutableArray<int> ids, JournalWriter journal, List<SinkPump> pumps)
    {
        var log = logs.CreateLogger("Gateway.Delivery.Influx");
        Record(configuration.Table, ids);
        var points = new PointWriter(configuration.Plant.Site, configuration.Options.Name, id => recorded.TryGetValue(id, out var tag) ? tag : null);
        var sink = new InfluxSink(influx, points, journal, time, Random.Shared, log);
        var pump = new SinkPump(journal, configuration.Options.Journal.Directory, sink, time, log);
        parts.Push(pump);
        pumps.Add(pump);
        loops.Add(("delivery to " + pump.Sink.Name, pump.Completion));
        if (influx.VerifyPace is null)
            return;
        var verification = new HistorianVerification(influx, points, HistorianScope.Of(configuration), journal, configuration.Options.Journal.Directory, time, log);
        parts.Push(verification);
        loops.Add(("reading back what was delivered", verification.Completion));
    }
}
