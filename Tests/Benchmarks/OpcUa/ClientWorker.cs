using System.Diagnostics;
using System.Text.Json;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>
/// <c>client</c>: our client in a process of its own, so that what it costs is counted alone. Does one measure and prints it as one JSON
/// line; Tests/Peers/node-opcua/benchmark-client.js does the same with node-opcua.
/// </summary>
internal static class ClientWorker
{
    public const string Uri = "urn:patchedge:benchmark:client";
    private const int ItemsPerSubscription = 10_000;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var measure = arguments.Required("measure");
        var secured = arguments.Text("policy", "None") != "None";
        var options = new UaClientOptions
        {
            EndpointUrl = arguments.Required("endpoint"),
            SecurityPolicy = secured ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
            MessageSecurityMode = secured ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
            CertificateStore = new CertificateStore(arguments.Required("pki"), TimeProvider.System),
            ApplicationUri = Uri,
        };
        var (items, interval, seconds, warmup, count, space) = (
            arguments.Number("items", 10_000), arguments.Number("interval", 100), arguments.Number("seconds", 10), arguments.Number("warmup", 3),
            arguments.Number("count", 1), arguments.Number("namespace", 1));
        arguments.End();
        var nodes = Enumerable.Range(0, items).Select(i => new NodeId($"Tag{i}", (ushort)space)).ToArray();
        object result = measure switch
        {
            "notifications" => await NotificationsAsync(options, nodes, TimeSpan.FromMilliseconds(interval), TimeSpan.FromSeconds(warmup), TimeSpan.FromSeconds(seconds)).ConfigureAwait(false),
            "reads" => await ReadsAsync(options, nodes, count).ConfigureAwait(false),
            "connect" => await ConnectAsync(options, count).ConfigureAwait(false),
            _ => throw new ArgumentException($"--measure {measure}: write notifications, reads or connect."),
        };
        Console.WriteLine(JsonSerializer.Serialize(result));
        return 0;
    }

    private static async Task<object> NotificationsAsync(UaClientOptions options, NodeId[] nodes, TimeSpan interval, TimeSpan warmup, TimeSpan length)
    {
        await using var client = new UaClient(options);
        await client.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        var sinks = new List<TickSink>();
        foreach (var part in nodes.Chunk(ItemsPerSubscription))
        {
            var sink = new TickSink(part.Length);
            var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = interval, CompareDataTypes = false }, sink, CancellationToken.None).ConfigureAwait(false);
            var results = await subscription.AddItemsAsync(
                [.. part.Select((node, i) => new MonitoredItemOptions { ClientHandle = (uint)i, NodeId = node, SamplingInterval = TimeSpan.Zero })], CancellationToken.None).ConfigureAwait(false);
            if (results.FirstOrDefault(result => result.Status.IsBad) is { } rejected)
                throw new InvalidOperationException($"{rejected.NodeId}: {rejected.Status}");
            sinks.Add(sink);
        }
        // As the gateway does once it has subscribed.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await Task.Delay(warmup, TimeProvider.System).ConfigureAwait(false);
        var (counted, lost, start, processor, allocated) =
            (sinks.Sum(sink => sink.Notifications), sinks.Sum(sink => sink.Lost), Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        await Task.Delay(length, TimeProvider.System).ConfigureAwait(false);
        return new
        {
            notifications = sinks.Sum(sink => sink.Notifications) - counted,
            lost = sinks.Sum(sink => sink.Lost) - lost,
            gaps = client.Counters.SequenceGaps,
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            cpu = (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
            allocated = GC.GetTotalAllocatedBytes() - allocated,
            rss = Environment.WorkingSet / 1048576.0,
        };
    }

    private static async Task<object> ReadsAsync(UaClientOptions options, NodeId[] nodes, int calls)
    {
        await using var client = new UaClient(options);
        await client.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        var values = Array.ConvertAll(nodes, node => new ReadValueId { NodeId = node });
        for (var i = 0; i < calls / 3; i++)
            await client.ReadAsync(values, TimestampsToReturn.Both, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        var (start, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var i = 0; i < calls; i++)
        {
            var read = await client.ReadAsync(values, TimestampsToReturn.Both, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
            if (read.Length != nodes.Length || read[^1].Status.IsBad)
                throw new InvalidOperationException($"A read brought {read.Length} values.");
        }
        return new
        {
            values = (long)calls * nodes.Length,
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            cpu = (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
            rss = Environment.WorkingSet / 1048576.0,
        };
    }

    private static async Task<object> ConnectAsync(UaClientOptions options, int count)
    {
        var wall = new List<double>();
        var processor = new List<double>();
        for (var i = 0; i < count + count / 4 + 1; i++)
        {
            var client = new UaClient(options);
            await using (client.ConfigureAwait(false))
            {
                var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                await client.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
                wall.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                processor.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            }
        }
        // The first ones compile.
        wall.RemoveRange(0, wall.Count - count);
        processor.RemoveRange(0, processor.Count - count);
        return new { connects = count, ms = Median(wall), fastest = wall.Min(), cpu = processor.Average(), rss = Environment.WorkingSet / 1048576.0 };
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
