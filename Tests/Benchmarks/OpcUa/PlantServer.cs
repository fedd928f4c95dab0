using System.Text.Json;
using System.Text.Json.Nodes;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>
/// <c>serve</c>: our server with Doubles <c>s=Tag0</c>… in namespace 1. Every value is the number of the feed that brought it, so that a
/// client sees what it lost; or, where that is not looked for, each tag's own with two decimals, as measurements have.
/// Obeys JSON lines: <c>{"do":"feed","items":10000,"interval":100,"decimals":true,"slice":1000}</c>, <c>usage</c>; ends with its input. A round of a feed
/// changes all items, or one slice of them after the other; its values have one source time. Feeding no items tells these times of the feed that ends,
/// so that what arrived can be reckoned up value by value.
/// </summary>
internal static class PlantServer
{
    public const string Uri = "urn:patchedge:benchmark:server";
    public const int Variables = 50_000;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var store = new CertificateStore(arguments.Required("pki"), TimeProvider.System);
        var most = arguments.Number("most", new ServerLimits().MaxNotificationsPerPublish);
        arguments.End();
        var server = new UaServer(new UaServerOptions
        {
            EndpointUrl = "opc.tcp://127.0.0.1:0/benchmark",
            ApplicationUri = Uri,
            CertificateStore = store,
            // Feeds of ten milliseconds are sampled twice as often.
            Limits = new ServerLimits { MaxNotificationsPerPublish = most, ShortestSamplingInterval = TimeSpan.FromMilliseconds(1) },
            Endpoints = [new(SecurityPolicy.None, MessageSecurityMode.None), new(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt)],
        });
        await using (server.ConfigureAwait(false))
        {
            var tags = new VariableNode[Variables];
            var folder = server.AddressSpace.AddFolder(server.AddressSpace.Objects, new NodeId("Tags", 1), "Tags");
            for (var i = 0; i < tags.Length; i++)
                tags[i] = server.AddressSpace.AddVariable(folder, new NodeId($"Tag{i}", 1), $"Tag{i}", new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(new Variant(0.0)) });
            await server.StartAsync(CancellationToken.None).ConfigureAwait(false);
            Say(new JsonObject { ["event"] = "ready", ["endpoint"] = server.BoundEndpointUrl, ["namespace"] = 1 });
            await using var feed = new Feed(tags);
            await ObeyAsync(feed).ConfigureAwait(false);
        }
        return 0;
    }

    private static async Task ObeyAsync(Feed feed)
    {
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            var command = JsonNode.Parse(line)!;
            if ((string?)command["do"] == "feed")
                await feed.ChangeAsync((int)command["items"]!, TimeSpan.FromMilliseconds((int)command["interval"]!), (int?)command["slice"] ?? (int)command["items"]!, (bool?)command["decimals"] ?? false).ConfigureAwait(false);
            Say(new JsonObject
            {
                ["cpu"] = Environment.CpuUsage.TotalTime.TotalSeconds,
                ["rss"] = Environment.WorkingSet / 1048576.0,
                ["changes"] = feed.Changes,
                ["times"] = (int?)command["items"] == 0 ? new JsonArray([.. feed.Times.Select(time => JsonValue.Create(time))]) : null,
            });
        }
    }

    private static void Say(JsonObject what) => Console.WriteLine(what.ToJsonString(JsonSerializerOptions.Default));

    /// <summary>Sets the first so many variables at an interval, all of them or slice by slice.</summary>
    private sealed class Feed(VariableNode[] tags) : IAsyncDisposable
    {
        private CancellationTokenSource stopping = new();
        private Task running = Task.CompletedTask;
        private long changes;
        private long tick;

        public long Changes => Interlocked.Read(ref changes);

        /// <summary>Source time of each round of the feed that ended last, in ticks.</summary>
        public List<long> Times { get; } = [];

        public async Task ChangeAsync(int items, TimeSpan interval, int slice, bool decimals)
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
            stopping.Dispose();
            stopping = new CancellationTokenSource();
            if (items == 0)
                return;
            Times.Clear();
            running = RunAsync(items, interval, slice, decimals, stopping.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
            stopping.Dispose();
        }

        /// <summary>About 20 to 120, by the tag, with a noise of ten; never twice the same one after the other.</summary>
        private double Measured(int tag) => (2000 + (tag % 97 * 100) + (((tick * 7919) + (tag * 104_729L)) % 1009)) / 100.0;

        private async Task RunAsync(int items, TimeSpan interval, int slice, bool decimals, CancellationToken stop)
        {
            var first = 0;
            using var timer = new PeriodicTimer(interval, TimeProvider.System);
            try
            {
                while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
                {
                    var now = TimeProvider.System.GetUtcNow().UtcDateTime;
                    Times.Add(now.Ticks);
                    tick++;
                    var value = new DataValue(new Variant((double)tick), StatusCodes.Good, now, now);
                    for (var i = first; i < first + slice; i++)
                        tags[i].SetValue(decimals ? value with { Value = new Variant(Measured(i)) } : value);
                    first = (first + slice) % items;
                    Interlocked.Add(ref changes, slice);
                }
            }
            catch (OperationCanceledException)
            {
                // Another feed follows, or none.
            }
        }
    }
}
