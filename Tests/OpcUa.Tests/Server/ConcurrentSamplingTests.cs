using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Attributes;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Server.Requests;
using PatchEdge.OpcUa.Server.Sessions;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Server.Subscriptions.Items;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>A variable that is fed by one thread while another samples it.</summary>
public sealed class ConcurrentSamplingTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Value_set_while_a_sample_is_taken_is_queued_once_and_in_its_order()
    {
        const int Values = 30_000;
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        await using ServerSubscription subscription = Subscription(time);
        // Never started: this test's own thread takes the samples.
        SamplingGroup group = subscription.JoinGroup(Interval)!;
        var item = new MonitoredItem(1, subscription, tag, AttributeIds.Value, default(NumericRange));
        item.Configure(7, TimestampsToReturn.Neither, ChangeRule.Default, Values + 1, discardOldest: true, group);
        item.Start(MonitoringMode.Reporting);
        bool isFed = false;
        var feeder = new Thread(() =>
        {
            for (int i = 1; i <= Values; i++)
            {
                // Time for as many samples as an item is ever given credit for: no value has to be let go.
                time.Advance(10 * Interval);
                tag.SetValue((double)i);
            }
            Volatile.Write(ref isFed, true);
        });
        feeder.Start();
        while (!Volatile.Read(ref isFed)) group.Sample();
        feeder.Join();
        group.Sample();
        Assert.Equal(Enumerable.Range(0, Values + 1).Select(i => (double)i), Queued(subscription, item));
    }

    private static List<double> Queued(ServerSubscription subscription, MonitoredItem item)
    {
        using var writer = new UaBinaryWriter();
        int count;
        lock (subscription.QueueGate) count = item.WriteNotifications(writer, int.MaxValue, int.MaxValue);
        var reader = new UaBinaryReader(writer.WrittenSpan);
        var values = new List<double>();
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(7u, reader.ReadUInt32());
            values.Add(reader.ReadDataValue().Value.Get<double>());
        }
        return values;
    }

    private static ServerSubscription Subscription(FakeTimeProvider time)
    {
        var limits = new ServerLimits();
        var session = new ServerSession(limits)
        {
            SessionId = new NodeId("session", 1),
            AuthenticationToken = new NodeId("token", 1),
            Name = "test",
            ApplicationUri = null,
            ClientCertificate = null,
            RevisedTimeout = TimeSpan.FromMinutes(1),
            Address = "127.0.0.1",
            LargestResponse = 1 << 20,
            Nonce = [],
        };
        var parameters = new SubscriptionParameters { PublishingInterval = Interval, LifetimeCount = 600, MaxKeepAliveCount = 50, MaxNotificationsPerPublish = 0, Priority = 0 };
        return new ServerSubscription(1, session, parameters, true, new SubscriptionSurroundings(limits, time, new Responder(new UaServerFaults(), time), _ => { }));
    }
}
