using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// A whole client, whose server's answers are changed on the way, from its connecting to its closing. An input is a list of edits, as
/// <see cref="EditingRelay"/> reads them. Whatever comes back, the client's calls end with a result or a refusal, it finds back to the server, and it can be closed.
/// </summary>
internal sealed class ResponseTarget : FuzzTarget
{
    private const long MemoryPerInput = 128 * 1024 * 1024;

    private readonly ClientRig rig;

    private ResponseTarget(ClientRig rig)
    {
        this.rig = rig;
        var random = new Random(1);
        Seeds = [.. Enumerable.Range(0, 60).Select(i => new byte[] { (byte)(i % 2 * 128 + i % 20), (byte)random.Next(256), (byte)random.Next(2), (byte)(i % 3 == 0 ? 0xFF : i % 3 == 1 ? 0 : random.Next(256)) })];
    }

    public override IReadOnlyList<byte[]> Seeds { get; }

    public static async Task<FuzzTarget> StartAsync()
    {
        var rig = await ClientRig.StartAsync();
        rig.Server.AddressSpace.AddMethod(rig.Folder, new NodeId("Echo", rig.Index), "Echo", static (_, arguments) => ValueTask.FromResult(new CallMethodResult { OutputArguments = arguments }));
        return new ResponseTarget(rig);
    }

    public override async ValueTask FeedAsync(byte[] input)
    {
        var before = GC.GetTotalAllocatedBytes();
        using var relay = new EditingRelay(new Uri(rig.Server.BoundEndpointUrl).Port, input);
        var failures = new List<string>();
        var client = new UaClient(rig.Options with
        {
            EndpointUrl = relay.Url,
            OperationTimeout = TimeSpan.FromMilliseconds(500),
            ConnectTimeout = TimeSpan.FromSeconds(2),
            KeepAliveInterval = TimeSpan.FromSeconds(30),
        });
        client.Diagnostics += happened =>
        {
            lock (failures)
            {
                if (happened is UaClientEvent.HandlerFailed || happened is UaClientEvent.ConnectionLost { Reason.InnerException: not null and not System.Net.Sockets.SocketException and not UaException and not ObjectDisposedException })
                    failures.Add(happened.ToString());
            }
        };
        try
        {
            await TalkAsync(client).WaitAsync(Deadline);
            await RecoverAsync(client).WaitAsync(Deadline);
        }
        catch (UaException)
        {
            // Could not even connect.
        }
        await client.DisposeAsync().AsTask().WaitAsync(Deadline);
        lock (failures)
        {
            if (failures.Count > 0)
                throw new InvalidOperationException(failures[0]);
        }
        var allocated = GC.GetTotalAllocatedBytes() - before;
        if (allocated > MemoryPerInput)
            throw new InvalidOperationException($"{allocated} bytes were allocated for {input.Length / 4} edits.");
    }

    public override ValueTask DisposeAsync() => rig.DisposeAsync();

    private async Task TalkAsync(UaClient client)
    {
        var none = CancellationToken.None;
        var tag = new NodeId("Tag0", rig.Index);
        await client.ConnectAsync(none);
        await TryAsync(() => client.ReadAsync(new[] { new ReadValueId { NodeId = tag }, new ReadValueId { NodeId = VariableIds.Server_NamespaceArray } }, TimestampsToReturn.Both, TimeSpan.Zero, none));
        await TryAsync(() => client.WriteValueAsync(tag, 2.0, none));
        await TryAsync(() => client.BrowseAsync(new NodeId[] { ObjectIds.ObjectsFolder }, new BrowseOptions(), none));
        await TryAsync(() => client.CallMethodAsync(rig.Folder.NodeId, new NodeId("Echo", rig.Index), none));
        await TryAsync(() => client.TranslateBrowsePathsAsync(new[] { new BrowsePath { StartingNode = ObjectIds.ObjectsFolder, RelativePath = new() { Elements = [new() { TargetName = new QualifiedName(0, "Server") }] } } }, none));
        await TryAsync(() => client.HistoryReadRawAsync(new[] { tag }, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1), TimeProvider.System.GetUtcNow().UtcDateTime, 10, none));
        await TryAsync(async () =>
        {
            var sink = new RecordingSink();
            await using var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(10), KeepAliveCount = 2, LifetimeCount = 1000 }, sink, none);
            await subscription.AddItemsAsync([ClientRig.Item(0), ClientRig.Item(1)], none);
            rig.Tags[1].SetValue(new DataValue(3.0));
            // Time for a few notifications, whole or not.
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
            return true;
        });
    }

    // Later connections are left alone: whatever the first one brought, the client comes back to a server that answers.
    private async Task RecoverAsync(UaClient client)
    {
        while (!await TryAsync(() => client.ReadValueAsync(new NodeId("Tag0", rig.Index), CancellationToken.None)))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    }

    private static async Task<bool> TryAsync<T>(Func<Task<T>> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (UaException)
        {
            // Refused, by the server or because its answer made no sense.
            return false;
        }
    }
}
