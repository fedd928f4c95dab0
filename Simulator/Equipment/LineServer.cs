using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Faults;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Recording;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Equipment;

/// <summary>An OPC UA server of the simulated plant, with the controllers of the lines it serves behind it.</summary>
/// <remarks>Every tag that the plant file puts on this server is a variable of it; each line's object also has the methods of the hold.</remarks>
internal sealed class LineServer : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly string name;
    private readonly TimeProvider time;
    private readonly TruthFile truth;
    private readonly UaServer server;
    private readonly List<ServedLine> lines = [];
    private readonly PlantRecorder? record;

    public LineServer(PlantModel plant, OpcUaServer settings, DataFolder data, LineServerOptions options, TimeProvider time)
    {
        this.time = time;
        name = settings.Name;
        record = options.Record is { } directory ? new PlantRecorder(directory, settings.Name, time) : null;
        truth = new TruthFile(Path.Combine(data.Truth, $"server-{settings.Name}.jsonl"));
        server = new UaServer(new UaServerOptions
        {
            EndpointUrl = options.Port is { } port ? new UriBuilder(settings.Url) { Port = port }.Uri.ToString() : settings.Url,
            ApplicationName = Trust.ServerIdentity(settings.Name).ApplicationName,
            ApplicationUri = Trust.ServerUri(settings.Name),
            CertificateStore = new CertificateStore(data.ServerPki(settings.Name), time),
            Limits = new ServerLimits { MaxQueueSize = options.LargestQueue },
            TimeProvider = time,
        });
        foreach (var line in plant.Lines.Where(line => line.Tags.Any(tag => tag.Servers.Contains(settings.Name))))
            lines.Add(new ServedLine(line, settings.Name, server.AddressSpace,
                new LineController(
                    new BatchPlan(line.Name, options.Seed, PaceOf(line, lines.Count)), Math.Max(line.Units.Length, 1), options.Start,
                    Path.Combine(data.Equipment, settings.Name, line.Name + ".json")),
                record, time));
    }

    public string Endpoint => server.BoundEndpointUrl;

    public int Variables => lines.Sum(line => line.Variables);

    /// <summary>Serves until cancelled.</summary>
    public async Task RunAsync(Action started, CancellationToken cancelled)
    {
        Advance();
        await server.StartAsync(cancelled);
        started();
        using var timer = new PeriodicTimer(Pace, time);
        for (var last = time.GetTimestamp(); await timer.WaitForNextTickAsync(cancelled); last = time.GetTimestamp())
        {
            if (time.GetElapsedTime(last) is var stood && stood > Standstills.Shortest)
                truth.Append(Standstills.Record(name, time.GetUtcNow(), stood));
            Advance();
        }
    }

    /// <summary>Does what the fault says, at once.</summary>
    /// <returns>Why it cannot; null when it did.</returns>
    public string? Fail(EquipmentFault fault)
    {
        if (fault.Kind == FaultKind.ResponseLost)
        {
            var now = time.GetUtcNow();
            if (record?.Begin(fault.Kind, fault.Target, now) is { } id)
                record.End(id, now);
            server.Faults.DropNextPublishResponse();
            return null;
        }

        return lines.Exists(line => line.Fail(fault.Target, fault.Kind, fault.Length)) ? null : $"no tag '{fault.Target}' here";
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        if (record is not null)
            await record.DisposeAsync();
        truth.Dispose();
    }

    /// <summary>Truth first: what a client can see has been recorded.</summary>
    private void Advance()
    {
        foreach (var line in lines)
            line.Advance(truth);
    }

    /// <summary>Short enough for a first look, long enough idle for a patch.</summary>
    private static BatchPace PaceOf(Line line, int place) => line.Idle is null
        ? new BatchPace(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(36_500))
        : new BatchPace(TimeSpan.FromSeconds(22 + 6 * place), TimeSpan.FromSeconds(35), TimeSpan.FromSeconds(75));
}

/// <summary>How one server of the plant is run.</summary>
/// <param name="Seed">Draws the batches.</param>
/// <param name="Start">When the plant started, UTC.</param>
internal sealed record LineServerOptions(int Seed, DateTimeOffset Start)
{
    /// <summary>Where to record what is produced; null nowhere.</summary>
    public string? Record { get; init; }

    /// <summary>Port to listen on instead of the plant file's, when something stands between it and its clients.</summary>
    public int? Port { get; init; }

    /// <summary>Longest queue that it grants an item.</summary>
    public int LargestQueue { get; init; } = new ServerLimits().MaxQueueSize;
}
