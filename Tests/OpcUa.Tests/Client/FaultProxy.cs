using System.Net;
using System.Net.Sockets;

namespace PatchEdge.OpcUa.Tests.Client;

/// <summary>Stands between a client and a server and spoils the way: everything passes until a test says otherwise.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly List<(Socket Client, Socket Server)> pairs = [];
    private readonly List<Task> running = [];
    private readonly int target;
    private TaskCompletionSource? stall;

    public FaultProxy(string serverUrl)
    {
        var url = new Uri(serverUrl);
        target = url.Port;
        listener.Start();
        Url = new UriBuilder(url) { Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri.ToString();
        running.Add(AcceptAsync());
    }

    public string Url { get; }

    /// <summary>Bytes at a time that are passed to the client; zero passes what comes.</summary>
    public int Drip { get; set; }

    public int Connections { get; private set; }

    /// <summary>Nothing passes in either direction; connections stay open and new ones are accepted.</summary>
    public void Stall() => stall ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume()
    {
        var ended = stall;
        stall = null;
        ended?.SetResult();
    }

    /// <summary>Resets every connection.</summary>
    public void Cut() => ForEach(pair =>
    {
        pair.Client.Close(0);
        pair.Server.Close(0);
    });

    /// <summary>Ends the server's half towards the client; the client's half stays open.</summary>
    public void CloseHalf() => ForEach(pair => pair.Client.Shutdown(SocketShutdown.Send));

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        Resume();
        Cut();
        Task[] ending;
        lock (running)
            ending = [.. running];
        await Task.WhenAll(ending);
        stopping.Dispose();
    }

    private void ForEach(Action<(Socket Client, Socket Server)> act)
    {
        lock (pairs)
        {
            foreach (var pair in pairs)
            {
                try
                {
                    act(pair);
                }
                catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
                {
                    // It has ended by itself.
                }
            }
        }
    }

    private async Task AcceptAsync()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(stopping.Token);
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                client.NoDelay = true;
                try
                {
                    await server.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
                }
                catch (SocketException)
                {
                    client.Close(0);
                    continue;
                }
                Connections++;
                lock (pairs)
                    pairs.Add((client, server));
                lock (running)
                {
                    running.Add(PassAsync(client, server, toClient: false));
                    running.Add(PassAsync(server, client, toClient: true));
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool toClient)
    {
        await Task.Yield();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, stopping.Token) is var count and > 0)
            {
                for (var sent = 0; sent < count;)
                {
                    if (stall is { } waiting)
                        await waiting.Task;
                    var size = toClient && Drip > 0 ? Math.Min(Drip, count - sent) : count - sent;
                    sent += await to.SendAsync(buffer.AsMemory(sent, size), stopping.Token);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side is gone; the other follows.
        }
        from.Close(0);
        to.Close(0);
    }
}
