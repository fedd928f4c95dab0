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
internal sealed class SimulatedGateway(string name, World world, Wire wire, IReadOnlyList<EquipmentLine> lines, Mutant mutant)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private Life life = new(world, name);
    private WireClient? client;

    public Life Life => life;

    public void Start()
    {
        life = new Life(world, name);
        var time = new LifeClock(world, life);
        client = new WireClient(world, wire, life, time);
        var boot = $"{name}-{world.Random.Next():x8}";
        life.Begin(() => RunAsync(client, time, boot));
    }

    public void Crash(TimeSpan away)
    {
        life.End();
        client?.Drop();
        world.After(away, Start);
    }

    private async Task RunAsync(WireClient link, TimeProvider time, string boot)
    {
        var equipment = lines.ToImmutableDictionary(line => line.Name, ILineEquipment (line) => new Behind(line, world, time, mutant));
        var lane = new HoldLane(equipment, name, (reply, cancel) => SendAsync(link, Topics.HoldReply(Layout.Site, name),
            JsonSerializer.SerializeToUtf8Bytes(reply, MessageJson.Default.HoldReply), TimeSpan.FromSeconds(30), cancel), time, NullLogger.Instance);
        link.ApplicationMessageReceivedAsync += received =>
        {
            if (!received.ApplicationMessage.Retain && JsonSerializer.Deserialize(received.ApplicationMessage.Payload.FirstSpan, MessageJson.Default.HoldRequest) is { } request)
                lane.TryTake(request);
            return Task.CompletedTask;
        };
        var filter = new MqttClientSubscribeOptionsBuilder().WithTopicFilter(Topics.HoldRequest(Layout.Site, name)).Build();
        var evaluators = lines.Select(line => (Line: line, Evaluator: new LineEvaluator(Layout.Model.Lines.First(known => known.Name == line.Name), Layout.Model))).ToList();
        var last = new Dictionary<string, LineEvaluation>();
        for (var sequence = 1L; ; sequence++)
        {
            if (!link.IsConnected)
            {
                await link.ConnectAsync(new MqttClientOptions());
                await link.SubscribeAsync(filter);
            }

            foreach (var (line, evaluator) in evaluators)
            {
                var evaluation = last[line.Name] = evaluator.Evaluate(Evidence(line, time.GetUtcNow()), last.GetValueOrDefault(line.Name), time.GetUtcNow());
                var report = evaluation.ToReport(Layout.Site, name, boot, sequence, Pace * 3);
                await SendAsync(link, Topics.LineReport(Layout.Site, line.Name, name), JsonSerializer.SerializeToUtf8Bytes(report, MessageJson.Default.LineReport), Pace * 3, default);
            }

            var status = new GatewayStatus
            {
                Site = Layout.Site, Gateway = name, Boot = boot, Online = true, At = time.GetUtcNow(), ValidForMs = (int)(Pace * 3).TotalMilliseconds,
                ConfigurationHash = Layout.Model.Hash, JournalWritable = true,
            };
            await SendAsync(link, Topics.GatewayStatus(Layout.Site, name), JsonSerializer.SerializeToUtf8Bytes(status, MessageJson.Default.GatewayStatus), Pace * 3, default);
            await Task.Delay(Pace, time);
        }
    }

    private static LineEvidence Evidence(EquipmentLine line, DateTimeOffset now)
    {
        var server = Layout.Model.Lines.First(known => known.Name == line.Name).HoldNodes!.Server;
        return new LineEvidence(
            new Dictionary<string, TagEvidence>
            {
                [Layout.StateTag(line.Name)] = new()
                {
                    Server = server, Value = TagValue.Of(line.Running ? 6 : 4), Quality = EvidenceQuality.Good, QualityName = "Good",
                    ProvenUntil = now, CoveredSince = World.Start,
                },
            },
            new Dictionary<string, ServerEvidence> { [server] = new() { State = "Running", ProvenUntil = now, ClockOffset = TimeSpan.Zero } });
    }

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

    /// <summary>What OPC UA would carry: slowly at times, and at times not at all.</summary>
    private sealed class Behind(EquipmentLine line, World world, TimeProvider time, Mutant mutant) : ILineEquipment
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
                var (released, why) = line.Release(request.Token);
                return new HoldAnswer(true, released, null, why);
            }

            var (granted, epoch, reason) = line.Request(request.Token, TimeSpan.FromMilliseconds(request.DurationMs));
            return new HoldAnswer(true, granted, epoch, reason);
        }

        private Task WayAsync(CancellationToken cancel) => Task.Delay(
            world.Chance(0.03) ? world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9)) : world.Between(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(80)), time, cancel);
    }
}
