using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Continuity.Runs;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.OpcUa.Client;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>Carries the scheduler's holds to the equipment and its answers back. It decides nothing: the line's controller arbitrates, and silence holds nothing.</summary>
internal sealed class HoldDesk : IAsyncDisposable
{
    private const int LargestRequest = 4096;
    private const int LongestName = 200;
    private static readonly TimeSpan ReplyExpiry = TimeSpan.FromSeconds(30);

    private readonly ImmutableDictionary<string, HoldLane> lanes;
    private readonly MqttLink link;
    private readonly Action<HoldReply>? record;
    private readonly RunNews news;
    private readonly string replyTopic;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly IReadOnlyDictionary<string, UaClient> clients;
    private readonly HeldLines held;
    private volatile PlantModel plant;
    private volatile ImmutableDictionary<string, string> serverOfLine;

    public HoldDesk(
        PlantModel plant, string gateway, IReadOnlyDictionary<string, UaClient> clients, MqttLink link, RunNews news, HeldLines held, TimeProvider time, ILogger log,
        Action<HoldReply>? record = null)
    {
        (this.link, this.news, this.log, this.clients, this.time, this.record, this.held, this.plant) = (link, news, log, clients, time, record, held, plant);
        replyTopic = Topics.HoldReply(plant.Site, gateway);
        serverOfLine = ServersIn(plant);
        lanes = clients.Keys.ToImmutableDictionary(server => server, server => new HoldLane(LinesOf(server, plant), gateway, ReplyAsync, time, log), StringComparer.Ordinal);
    }

    /// <summary>From the next request on, the lines are as this plant has them.</summary>
    public void Revise(PlantModel plant)
    {
        foreach (var (server, lane) in lanes)
            lane.Revise(LinesOf(server, plant));
        serverOfLine = ServersIn(plant);
        this.plant = plant;
    }

    private ImmutableDictionary<string, ILineEquipment> LinesOf(string server, PlantModel plant) =>
        plant.Lines.Concat(Former(plant)).Where(line => ServerOf(line) == server)
            .ToImmutableDictionary(line => line.Name, ILineEquipment (line) => new UaLineEquipment(line, plant, clients, time), StringComparer.Ordinal);

    /// <summary>The server that the line's lane is called after: of redundant ones the first that this gateway knows. Null when it cannot hold the line.</summary>
    private string? ServerOf(Line line) => line.HoldNodes?.Servers.FirstOrDefault(clients.ContainsKey);

    private ImmutableDictionary<string, string> ServersIn(PlantModel plant) =>
        plant.Lines.Where(line => ServerOf(line) is not null)
            .ToImmutableDictionary(line => line.Name, line => ServerOf(line)!, StringComparer.Ordinal);

    /// <summary>Lines that were held when the plant file still had them, or still said how: they can be freed, and nothing else.</summary>
    private IEnumerable<Line> Former(PlantModel plant) =>
        held.All.Where(line => !plant.Lines.Any(known => known.Name == line.Line && ServerOf(known) is not null)).Select(line => line.AsLine());

    /// <summary>What must not end by itself.</summary>
    public IEnumerable<(string Name, Task Loop)> Loops => lanes.Select(lane => ("the holds of " + lane.Key, lane.Value.Completion));

    /// <summary>Takes one message of the request topic in; never throws for what it contains, never blocks.</summary>
    /// <param name="payload">As it came.</param>
    /// <param name="retained">The broker had kept it, or was asked to: refused, for a hold is asked for now or not at all.</param>
    public void Take(ReadOnlySequence<byte> payload, bool retained)
    {
        var fault = retained ? "it was retained" : payload.Length > LargestRequest ? "it is too large" : TryTake(payload);
        if (fault is not null)
            HoldLog.Dropped(log, payload.Length, fault);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var lane in lanes.Values)
            await lane.DisposeAsync().ConfigureAwait(false);
    }

    private string? TryTake(ReadOnlySequence<byte> payload)
    {
        HoldRequest? request;
        try
        {
            var reader = new Utf8JsonReader(payload);
            request = JsonSerializer.Deserialize(ref reader, MessageJson.Default.HoldRequest);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException or FormatException)
        {
            return Printable.Line(exception.Message);
        }

        if (request is null || request.Run.Length > LongestName || request.Request.Length > LongestName || request.Token <= 0
            || (request.Action == HoldAction.Hold && request.DurationMs <= 0))
            return "it is no whole request";
        if (!serverOfLine.TryGetValue(request.Line, out var server))
            server = request.Action == HoldAction.Release && Former(plant).FirstOrDefault(line => line.Name == request.Line) is { } former ? ServerOf(former) : null;
        else if (request.Action == HoldAction.Hold && KeepingFails(request) is { } trouble)
            return trouble;
        if (server is null)
            return "it names a line that this gateway cannot hold";
        return lanes[server].TryTake(request) ? null : "too many wait";
    }

    /// <summary>No line is held whose way back is not on disk.</summary>
    private string? KeepingFails(HoldRequest request)
    {
        try
        {
            if (plant.Lines.FirstOrDefault(line => line.Name == request.Line) is { } line)
                held.Keep(line, request.Token);
            return null;
        }
        catch (ConfigurationException exception)
        {
            return Printable.Line(exception.Message);
        }
    }

    private void LetGo(HoldReply reply)
    {
        try
        {
            held.Forget(reply.Line, reply.Token);
        }
        catch (ConfigurationException exception)
        {
            HoldLog.StillKept(log, reply.Line, Printable.Line(exception.Message));
        }
    }

    private async Task ReplyAsync(HoldReply reply, CancellationToken cancel)
    {
        news.Tell(reply);
        record?.Invoke(reply);
        if (reply is { Action: HoldAction.Release, Answered: true })
            LetGo(reply);
        var payload = JsonSerializer.SerializeToUtf8Bytes(reply, MessageJson.Default.HoldReply);
        if (await link.PublishAsync(replyTopic, payload, retain: false, ReplyExpiry, cancel).ConfigureAwait(false) is { } trouble)
            HoldLog.NotSent(log, reply.Line, trouble);
    }
}
