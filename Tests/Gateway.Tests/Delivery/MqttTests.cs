using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Protocol;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Delivery.Mqtt;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Tests.Journal;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Delivery;

/// <summary>Against Debian's mosquitto, with another client as the listener.</summary>
public sealed class MqttTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly GatewayStatus Offline = new() { Site = "S", Gateway = "gw", Boot = "b", Online = false };

    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentQueue<MqttApplicationMessage> heard = new();
    private Mosquitto? broker;
    private IMqttClient? listener;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        broker = await Mosquitto.StartAsync(folder);
        listener = await ListenAsync("patchedge/#");
    }

    public async ValueTask DisposeAsync()
    {
        listener?.Dispose();
        if (broker is not null)
            await broker.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Report_is_retained_and_expires_with_its_validity()
    {
        await using var link = Link();
        await ConnectedAsync(link);
        await using var live = new LivePublisher(link, TimeProvider.System);
        live.Post(Report(TimeProvider.System.GetUtcNow(), 1));
        var message = await HeardAsync(Topics.LineReport("S", "L", "gw"), _ => true);
        Assert.InRange(message.MessageExpiryInterval, 1u, 3u);
        using var late = await ListenAsync(Topics.LineReport("S", "L", "gw"));
        await HeardAsync(Topics.LineReport("S", "L", "gw"), retained => retained.Retain);
    }

    [Fact]
    public async Task Report_that_is_no_longer_valid_is_not_published()
    {
        await using var link = Link();
        await ConnectedAsync(link);
        await using var live = new LivePublisher(link, TimeProvider.System);
        live.Post(Report(TimeProvider.System.GetUtcNow().AddSeconds(-10), 1));
        live.Post(Report(TimeProvider.System.GetUtcNow(), 2) with { Line = "M" });
        await HeardAsync(Topics.LineReport("S", "M", "gw"), _ => true);
        Assert.DoesNotContain(heard, message => message.Topic == Topics.LineReport("S", "L", "gw"));
    }

    /// <summary>Whoever cannot reach the gateway cannot make it forget: it gives back the head of most entries, not the newest.</summary>
    [Fact]
    [Trait("Req", "hostile-47")]
    public async Task Heads_of_the_ledger_are_journaled_kept_and_the_longest_is_given_back()
    {
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options);
        await using (var heads = new LedgerHeads(options.Directory, "S", "gw", journal, TimeProvider.System, NullLogger.Instance))
        {
            await using var link = new MqttLink(
                new MqttOptions { Broker = new Uri($"mqtt://127.0.0.1:{broker!.Port}") }, Offline, TimeProvider.System, new Random(1), NullLogger.Instance,
                new MqttListener(Topics.LedgerHead("S"), heads.Take));
            heads.GiveBackOver(link);
            await ConnectedAsync(link);
            await PublishAsync(Head("S", 12));
            await HeardAsync(Topics.LedgerHeadSeen("S", "gw"), message => Text(message) == Head("S", 12));
            await PublishAsync(Head("S", 7));
            await PublishAsync(Head("Elsewhere", 99));
            await PublishAsync("rubbish");
            await PublishAsync(Head("S", 13));
            await HeardAsync(Topics.LedgerHeadSeen("S", "gw"), message => Text(message) == Head("S", 13));
        }

        Assert.Equal([Head("S", 12), Head("S", 7), Head("S", 13)], await File.ReadAllLinesAsync(Path.Combine(options.Directory, LedgerHeads.FileName), Cancel));
        using (var reader = new JournalReader(options.Directory))
            Assert.Equal(3, reader.Read(1, int.MaxValue, (_, _) => { }).Count(entry => entry.Kind == JournalKind.LedgerHead));
        await using var again = new LedgerHeads(options.Directory, "S", "gw", journal, TimeProvider.System, NullLogger.Instance);
        await using var second = Link();
        again.GiveBackOver(second);
        heard.Clear();
        await ConnectedAsync(second);
        await HeardAsync(Topics.LedgerHeadSeen("S", "gw"), message => Text(message) == Head("S", 13) && !message.Retain);
    }

    [Fact]
    public async Task File_of_heads_that_is_full_is_cut_to_its_newest_half_and_the_longest_stays()
    {
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options);
        var file = Path.Combine(options.Directory, LedgerHeads.FileName);
        await File.WriteAllLinesAsync(file, Enumerable.Range(1, 20_000).Select(line => Head("S", line == 5 ? 1_000_000 : line)), Cancel);

        await using var heads = new LedgerHeads(options.Directory, "S", "gw", journal, TimeProvider.System, NullLogger.Instance);
        heads.Take(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(Head("S", 20_001))), retained: false);

        string[] kept = [];
        await Eventually.TrueAsync("the new head is kept", async () => (kept = await File.ReadAllLinesAsync(file, Cancel)) is [.., var last] && last == Head("S", 20_001), Patience);
        Assert.Equal([Head("S", 1_000_000), .. Enumerable.Range(10_001, 10_001).Select(line => Head("S", line))], kept);
    }

    private async Task PublishAsync(string token) => await listener!.PublishAsync(
        new MqttApplicationMessageBuilder().WithTopic(Topics.LedgerHead("S")).WithPayload(token).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(), Cancel);

    /// <summary>Signed by nobody: the gateway holds no key.</summary>
    private static string Head(string site, long size)
    {
        var head = new LedgerHead { Site = site, Size = size, Root = new string('a', 64), At = DateTimeOffset.UnixEpoch };
        return $"e30.{System.Buffers.Text.Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(head, MessageJson.Default.LedgerHead))}.AA";
    }

    [Fact]
    [Trait("Req", "Last will says offline")]
    public async Task Gateway_that_goes_says_that_it_is_offline()
    {
        await using (var link = Link())
        {
            await ConnectedAsync(link);
            await using var live = new LivePublisher(link, TimeProvider.System);
            live.Post(Offline with { Online = true, ValidForMs = 5000 });
            await HeardAsync(Topics.GatewayStatus("S", "gw"), message => Status(message).Online);
        }

        await HeardAsync(Topics.GatewayStatus("S", "gw"), message => !Status(message).Online);
    }

    [Fact]
    [Trait("Req", "Last will says offline")]
    public async Task Broker_publishes_the_will_when_another_client_takes_the_name()
    {
        await using var link = Link();
        await ConnectedAsync(link);
        using var thief = new MqttClientFactory().CreateMqttClient();
        await thief.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker!.Port).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).WithClientId("gateway-gw").Build(), Cancel);
        await HeardAsync(Topics.GatewayStatus("S", "gw"), message => !Status(message).Online);
        await ConnectedAsync(link);
    }

    [Fact]
    public async Task Gaps_and_attestations_go_out_from_the_journal_also_those_of_a_time_without_broker()
    {
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options, "mqtt");
        var batch = new JournalBatch { At = new Moment(9), Attestation = new AttestationChain("S", "gw", 0, "", new Moment(0)).Attest(new Moment(9), new AttestedFacts("b", "h", 1, 0, 0, 0, null)) };
        batch.Gaps.Add(new Gap { Id = "g-1", Tag = "t", Line = "L", Gateway = "gw", Server = "s", Cause = GapCause.BadQuality, Start = DateTimeOffset.UnixEpoch });
        await journal.WriteAsync(batch, Cancel);
        await using var link = Link();
        await using var pump = new SinkPump(journal, options.Directory, new MqttSink(link, "S", "gw", journal, TimeProvider.System, NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
        var gap = await HeardAsync(Topics.Gap("S", "gw"), _ => true);
        Assert.Equal("g-1", JsonSerializer.Deserialize(Text(gap), MessageJson.Default.Gap)!.Id);
        Assert.False(gap.Retain);
        var attested = await HeardAsync(Topics.Attestation("S", "gw"), _ => true);
        Assert.Equal(1, JsonSerializer.Deserialize(Text(attested), MessageJson.Default.Attestation)!.Sequence);
        await Eventually.TrueAsync("the cursor has moved", () => Task.FromResult(pump.Backlog == 0), Patience);
    }

    [Fact]
    [Trait("Hostile", "54")]
    [Trait("Hostile", "52")]
    public async Task Broker_that_is_killed_in_the_middle_loses_nothing_and_repeats_only_with_the_same_identity()
    {
        const int Gaps = 800;
        var options = JournalFixture.Options(folder);
        await using var journal = JournalFixture.Open(options, "mqtt");
        async Task WriteAsync(int from, int until)
        {
            var batch = new JournalBatch { At = new Moment(from) };
            batch.Gaps.AddRange(Enumerable.Range(from, until - from).Select(each => JournalFixture.Gap($"g{each:0000}")));
            await journal.WriteAsync(batch, Cancel);
        }

        var port = broker!.Port;
        await using var link = Link();
        var pump = new SinkPump(journal, options.Directory, new MqttSink(link, "S", "gw", journal, TimeProvider.System, NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
        await WriteAsync(0, Gaps / 2);
        await Eventually.TrueAsync("some have arrived", () => Task.FromResult(Identities().Count > Gaps / 20), Patience);
        // What it takes now it never answers, and what comes now it never takes.
        broker.Program.Freeze();
        await WriteAsync(Gaps / 2, Gaps);
        await broker.Program.KillAsync();
        await broker.DisposeAsync();
        // Neither an outage nor a restart of the gateway meanwhile counts against a message.
        await pump.DisposeAsync();
        var before = Identities().Count;
        Assert.InRange(before, 1, Gaps / 2);
        broker = await Mosquitto.StartAsync(folder, port);
        listener!.Dispose();
        listener = await ListenAsync("patchedge/#");
        await using var again = new SinkPump(journal, options.Directory, new MqttSink(link, "S", "gw", journal, TimeProvider.System, NullLogger.Instance), TimeProvider.System, NullLogger.Instance);
        await Eventually.TrueAsync("the cursor has reached the end", () => Task.FromResult(again.Backlog == 0), Patience * 2, () => link.Trouble ?? "");
        await Eventually.TrueAsync("all have arrived", () => Task.FromResult(Identities().Distinct().Count() == Gaps), Patience);
        var order = Identities();
        Assert.Equal(order.Distinct().Order(), order.Distinct());
        // What is repeated is what the cursor did not cover, in the same order.
        Assert.Equal(order.Skip(before).Order(), order.Skip(before));
        Assert.Equal(0, again.Sink.Counters.Refused);
    }

    private List<string> Identities() =>
        [.. heard.Where(message => message.Topic == Topics.Gap("S", "gw")).Select(message => JsonSerializer.Deserialize(Text(message), MessageJson.Default.Gap)!.Id)];

    private static LineReport Report(DateTimeOffset at, long sequence) => new()
    {
        Site = "S", Line = "L", Gateway = "gw", Boot = "b", Sequence = sequence, At = at, ValidForMs = 3000, State = LineState.Active, Since = at, Reason = "r",
        Conditions = [], ConfigurationHash = "h",
    };

    private static string Text(MqttApplicationMessage message) => Encoding.UTF8.GetString(message.Payload);

    private static GatewayStatus Status(MqttApplicationMessage message) => JsonSerializer.Deserialize(Text(message), MessageJson.Default.GatewayStatus)!;

    private static Task ConnectedAsync(MqttLink link) => Eventually.TrueAsync("connected", () => Task.FromResult(link.Trouble is null), Patience, () => link.Trouble ?? "");

    private MqttLink Link() => new(new MqttOptions { Broker = new Uri($"mqtt://127.0.0.1:{broker!.Port}") }, Offline, TimeProvider.System, new Random(1), NullLogger.Instance);

    private Task<MqttApplicationMessage> HeardAsync(string topic, Func<MqttApplicationMessage, bool> condition) => Eventually.GetAsync(
        topic, () => Task.FromResult(heard.FirstOrDefault(message => message.Topic == topic && condition(message))), Patience, () => string.Join(", ", heard.Select(message => message.Topic)));

    private async Task<IMqttClient> ListenAsync(string topic)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += received =>
        {
            heard.Enqueue(received.ApplicationMessage);
            return Task.CompletedTask;
        };
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker!.Port).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).Build(), Cancel);
        await client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder().WithTopicFilter(topic, MqttQualityOfServiceLevel.AtLeastOnce).Build(), Cancel);
        return client;
    }
}
