using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using PatchEdge.Gateway.Holds;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>A gateway whose holds and line evaluation are the product's; between them and the plant there is no OPC UA.</summary>
internal sealed class SimulatedGateway(string name, World world, Wire wire, IReadOnlyList<EquipmentLine> lines, Monitoring monitoring, Mutant mutant)
{
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Validity = Pace * 3;

    private readonly ImmutableArray<string> servers = Layout.Model.Gateways.First(known => known.Name == name).Servers;
    private Life life = new(world, name);
    private WireClient? client;
    private TimeSpan downUntil;

    public string Name => name;

    public Life Life => life;

    public void Start()
    {
        if (world.Now < downUntil)
        {
            world.After(downUntil - world.Now, Start);
            return;
        }

        life = new Life(world, name);
        var time = new LifeClock(world, life);
        client = new WireClient(world, wire, life, time);
        var boot = $"{name}-{world.Random.Next():x8}";
        life.Begin(() => RunAsync(client, time, boot));
    }

    /// <summary>It is gone for at least so long, also when it is gone already.</summary>
    public void Crash(TimeSpan away)
    {
        var wasGone = life.IsOver;
        downUntil = downUntil > world.Now + away ? downUntil : world.Now + away;
        life.End();
        client?.Drop();
        if (!wasGone)
            world.After(away, Start);
    }

    private async Task RunAsync(WireClient link, TimeProvider time, string boot)
    {
        var equipment = lines.ToImmutableDictionary(line => line.Name, ILineEquipment (line) => new Behind(line, name, world, time, mutant));
        var lane = new HoldLane(equipment, name, (reply, cancel) => SendAsync(link, Topics.HoldReply(Layout.Site, name),
            JsonSerializer.SerializeToUtf8Bytes(reply, MessageJson.Default.HoldReply), TimeSpan.FromSeconds(30), cancel), time, NullLogger.Instance);
        link.ApplicationMessageReceivedAsync += received =>
        {
            if (!received.ApplicationMessage.Retain && JsonSerializer.Deserialize(received.ApplicationMessage.Payload.FirstSpan, MessageJson.Default.HoldRequest) is { } request)
                lane.TryTake(request);
            return Task.CompletedTask;
        };
        var filter = new MqttClientSubscribeOptionsBuilder().WithTopicFilter(Topics.HoldRequest(Layout.Site, name)).Build();
        var views = lines.Select(line => new View(line, new LineEvaluator(Layout.Model.Lines.First(known => known.Name == line.Name), Layout.Model))).ToList();
        var began = world.Now;
        for (var sequence = 1L; ; sequence++)
        {
            if (!link.IsConnected)
            {
                await link.ConnectAsync(new MqttClientOptions());
                await link.SubscribeAsync(filter);
            }

            foreach (var view in views)
            {
                view.Last = view.Evaluator.Evaluate(Look(view, began), view.Last, time.GetUtcNow());
                var report = view.Last.ToReport(Layout.Site, name, boot, sequence, Validity);
                await SendAsync(link, Topics.LineReport(Layout.Site, view.Line.Name, name), JsonSerializer.SerializeToUtf8Bytes(report, MessageJson.Default.LineReport), Validity, default);
            }

            var digest = Digest(boot, sequence, time.GetUtcNow(), began);
            await SendAsync(link, Topics.CoverageDigest(Layout.Site, name), JsonSerializer.SerializeToUtf8Bytes(digest, MessageJson.Default.CoverageDigest), Validity, default);
            var status = new GatewayStatus
            {
                Site = Layout.Site, Gateway = name, Boot = boot, Online = true, At = time.GetUtcNow(), ValidForMs = (int)Validity.TotalMilliseconds,
                ConfigurationHash = Layout.Model.Hash, JournalWritable = true,
            };
            await SendAsync(link, Topics.GatewayStatus(Layout.Site, name), JsonSerializer.SerializeToUtf8Bytes(status, MessageJson.Default.GatewayStatus), Validity, default);
            await Task.Delay(Pace, time);
        }
    }

    private LineEvidence Look(View view, TimeSpan began)
    {
        var server = Layout.ServerOf(view.Line.Name);
        if (monitoring.Observes(name, server))
        {
            (view.SeenAt, view.SeenRunning) = (world.Now, view.Line.Running);
            monitoring.Looked(name, server);
            if (!view.SeenRunning)
                monitoring.SawIdle(view.Line.Name);
        }

        var since = World.Start + (monitoring.UnbrokenSince(name, server) is var unbroken && unbroken > began ? unbroken : began);
        var until = World.Start + (mutant == Mutant.Repeats ? world.Now : view.SeenAt);
        return new LineEvidence(
            new Dictionary<string, TagEvidence>
            {
                [Layout.StateTag(view.Line.Name)] = new()
                {
                    Server = server, Value = TagValue.Of(view.SeenRunning ? 6 : 4), Quality = EvidenceQuality.Good, QualityName = "Good",
                    ProvenUntil = until, CoveredSince = mutant == Mutant.Repeats ? World.Start + began : since,
                },
            },
            new Dictionary<string, ServerEvidence> { [server] = new() { State = "Running", ProvenUntil = until, ClockOffset = TimeSpan.Zero } });
    }

    private CoverageDigest Digest(string boot, long sequence, DateTimeOffset now, TimeSpan began) => new()
    {
        Site = Layout.Site, Gateway = name, Boot = boot, Sequence = sequence, At = now, ValidForMs = (int)Validity.TotalMilliseconds, ConfigurationHash = Layout.Model.Hash,
        Servers =
        [
            .. servers.Select(server =>
            {
                if (!monitoring.Observes(name, server))
                    return new ServerCoverage { Server = server, NoneObserved = true };
                monitoring.Looked(name, server);
                var since = monitoring.UnbrokenSince(name, server);
                return new ServerCoverage { Server = server, ProvenUntil = now, UnbrokenSince = World.Start + (since > began ? since : began) };
            }),
        ],
    };

    private static async Task SendAsync(WireClient link, string topic, byte[] payload, TimeSpan expiry, CancellationToken cancel)
    {
        try
        {
            await link.PublishAsync(new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload).WithMessageExpiryInterval((uint)expiry.TotalSeconds).Build(), cancel);
        }
        catch (MQTTnet.Exceptions.MqttCommunicationException)
        {
            // What is not sent now is not sent later.
        }
    }

    /// <summary>What this life has seen of a line.</summary>
    private sealed record View(EquipmentLine Line, LineEvaluator Evaluator)
    {
        public LineEvaluation? Last { get; set; }

        public TimeSpan SeenAt { get; set; }

        public bool SeenRunning { get; set; } = true;
    }

    /// <summary>What OPC UA would carry: slowly at times, and at times not at all.</summary>
    private sealed class Behind(EquipmentLine line, string gateway, World world, TimeProvider time, Mutant mutant) : ILineEquipment
    {
        public bool IsConnected => true;

        public async Task<HoldAnswer> AskAsync(HoldRequest request, CancellationToken cancel)
        {
            await WayAsync(cancel);
            var answer = Ask(request);
            await WayAsync(cancel);
            return answer;
        }

        public async Task<string?> RefusalAsync(CancellationToken cancel)
        {
            if (mutant == Mutant.NoRecheck)
                return null;
            await WayAsync(cancel);
            return line.ReadIdle() ? null : "the line runs";
        }

        private HoldAnswer Ask(HoldRequest request)
        {
            if (request.Action == HoldAction.Release)
            {
                var (released, why) = line.Release(request.Token, gateway);
                return new HoldAnswer(true, released, null, why);
            }

            var (granted, epoch, reason) = line.Request(request.Token, TimeSpan.FromMilliseconds(request.DurationMs), gateway);
            return new HoldAnswer(true, granted, epoch, reason);
        }

        private Task WayAsync(CancellationToken cancel) => Task.Delay(
            world.Chance(0.03) ? world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9)) : world.Between(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(80)), time, cancel);
    }
}
