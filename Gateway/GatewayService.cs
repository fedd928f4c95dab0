using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Influx;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Options;
using PatchEdge.OpcUa.Security;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway;

/// <summary>The gateway as a whole: built from the far end of the pipeline to its near end, and taken down the other way, so that nothing arrives where nobody takes it.</summary>
internal sealed class GatewayService(GatewayConfiguration configuration, TimeProvider time, ILoggerFactory logs) : IHostedService
{
    private readonly Stack<IAsyncDisposable> parts = new();

    /// <exception cref="JournalException">The journal cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BuildAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        while (parts.TryPop(out var part))
            await part.DisposeAsync().ConfigureAwait(false);
    }

    private async Task BuildAsync(CancellationToken cancel)
    {
        var options = configuration.Options;
        var site = configuration.Plant.Site;
        string[] sinks = [.. options.Influx is null ? Array.Empty<string>() : ["influxdb"], .. options.Mqtt is null ? Array.Empty<string>() : ["mqtt"]];
        var journal = JournalWriter.Open(options.Journal, site, options.Name, sinks, time, logs.CreateLogger("Gateway.Journal"));
        parts.Push(journal);
        JournalRecovery recovery;
        using (var reader = new JournalReader(options.Journal.Directory))
            recovery = reader.Recover();
        var ids = await NumberSourcesAsync(journal, recovery, cancel).ConfigureAwait(false);
        var boot = Guid.NewGuid().ToString("N");
        GatewayLog.Starting(logs.CreateLogger("Gateway"), options.Name, site, configuration.Table.Servers.Length, configuration.Table.Tags.Length, boot);

        ILiveReports live = new NoLiveReports();
        var pumps = new List<SinkPump>();
        if (options.Mqtt is { } mqtt)
            live = StartMqtt(mqtt, boot, journal, pumps);
        if (options.Influx is { } influx)
            StartInflux(influx, ids, journal, pumps);
        var stage = new ContinuityStage(
            new StageInput { Options = options, Plant = configuration.Plant, Table = configuration.Table, JournalIds = ids, Recovery = recovery, Boot = boot },
            journal, live, time, logs.CreateLogger("Gateway.Continuity"));
        stage.Follow(pumps);
        parts.Push(stage);

        var certificates = new CertificateStore(options.Pki, time);
        for (var server = 0; server < configuration.Table.Servers.Length; server++)
        {
            var connection = ServerConnection.OptionsFor(configuration.Table.Servers[server], configuration, certificates, time);
            parts.Push(new ServerWatch(server, configuration.Table, connection, stage.Arrivals, time, logs.CreateLogger("Gateway.Acquisition")));
        }
    }

    private LivePublisher StartMqtt(MqttOptions mqtt, string boot, JournalWriter journal, List<SinkPump> pumps)
    {
        var (site, name) = (configuration.Plant.Site, configuration.Options.Name);
        var log = logs.CreateLogger("Gateway.Delivery.Mqtt");
        var offline = new GatewayStatus { Site = site, Gateway = name, Boot = boot, Online = false };
        var link = new MqttLink(mqtt, offline, time, Random.Shared, log);
        parts.Push(link);
        var pump = new SinkPump(journal, configuration.Options.Journal.Directory, new MqttSink(link, site, name, time), time, log);
        parts.Push(pump);
        pumps.Add(pump);
        var publisher = new LivePublisher(link, time);
        parts.Push(publisher);
        return publisher;
    }

    private void StartInflux(InfluxOptions influx, ImmutableArray<int> ids, JournalWriter journal, List<SinkPump> pumps)
    {
        var log = logs.CreateLogger("Gateway.Delivery.Influx");
        var recorded = new Dictionary<int, (string Tag, string Line)>();
        for (var source = 0; source < ids.Length; source++)
            if (configuration.Table.Tags[source] is { Record: true } tag)
                recorded[ids[source]] = (tag.Name, tag.Line);
        var points = new PointWriter(configuration.Plant.Site, configuration.Options.Name, id => recorded.TryGetValue(id, out var tag) ? tag : null);
        var sink = new InfluxSink(influx, points, journal, time, Random.Shared, log);
        var pump = new SinkPump(journal, configuration.Options.Journal.Directory, sink, time, log);
        parts.Push(pump);
        pumps.Add(pump);
    }

    /// <summary>Gives each source its number in the journal: the one that it always had, or the next free one.</summary>
    private async Task<ImmutableArray<int>> NumberSourcesAsync(JournalWriter journal, JournalRecovery recovery, CancellationToken cancel)
    {
        var next = recovery.Sources.Count == 0 ? 1 : recovery.Sources.Values.Max() + 1;
        var fresh = new List<(int, string, string)>();
        var ids = ImmutableArray.CreateBuilder<int>(configuration.Table.Tags.Length);
        for (var source = 0; source < configuration.Table.Tags.Length; source++)
        {
            var key = (configuration.Table.Tags[source].Name, configuration.Table.Servers[configuration.Table.ServerOf(source)].Name);
            if (!recovery.Sources.TryGetValue(key, out var id))
                fresh.Add((id = next++, key.Item1, key.Item2));
            ids.Add(id);
        }

        if (fresh.Count > 0)
            await journal.AddSourcesAsync(fresh, cancel).ConfigureAwait(false);
        return ids.MoveToImmutable();
    }
}
