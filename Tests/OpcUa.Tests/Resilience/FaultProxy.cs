using System.Net;
using System.Net.Sockets;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>Stands between client and server on a port of its own and does to their connections what networks do.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock gate = new();
    private readonly List<ProxiedConnection> connections = [];
    private readonly List<Task> running = [];
    private readonly Uri server;
    private readonly Task accepting;
    private volatile bool refusing;

    /// <param name="serverUrl">The server's own endpoint URL on the loopback address.</param>
    public FaultProxy(string serverUrl)
    {
        server = new Uri(serverUrl);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        accepting = AcceptAsync();
    }

    /// <summary>Where a client connects instead.</summary>
    public string Url => $"opc.tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}{server.AbsolutePath}";

    /// <summary>New connections are closed at once while set.</summary>
    public bool Refusing
    {
        set => refusing = value;
    }

    /// <summary>Each byte is sent by itself, in both directions.</summary>
    public bool ByteByByte { get; set; }

    /// <summary>Before each chunk is passed on, in both directions.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Ends every connection in the middle of whatever it was doing.</summary>
    public void Cut() => Each(connection => connection.Cut());

    /// <summary>Connections that are open now pass nothing on any more; later ones do.</summary>
    public void Stall() => Each(connection => connection.Stall());

    /// <summary>What a stall held back goes on.</summary>
    public void Resume() => Each(connection => connection.Resume());

    /// <summary>The client hears nothing more from the server and is told so, as when the server's process ends its sending side.</summary>
    public void EndTowardsClient() => Each(connection => connection.EndTowardsClient());

    /// <summary>The server hears nothing more from the client and is told so; what it sends still arrives.</summary>
    public void EndTowardsServer() => Each(connection => connection.EndTowardsServer());

    /// <summary>
    /// The next Publish response that carries a notification vanishes, and the numbering of chunks closes over it, so that
    /// nothing but the missing notification shows. On channels without security alone.
    /// </summary>
    public void DropNextPublishResponse() => Each(connection => connection.DropNextPublishResponse());

    /// <summary>Likewise the next response of this type, on whichever connection; ends when it has vanished.</summary>
    public Task DropNextResponseAsync(uint typeId)
    {
        var dropped = new List<Task>();
        Each(connection => dropped.Add(connection.DropNextResponse(typeId)));
        return Task.WhenAny(dropped);
    }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await accepting;
        Cut();
        Task[] left;
        lock (gate)
            left = [.. running];
        await Task.WhenAll(left);
    }

    private void Each(Action<ProxiedConnection> fault)
    {
        ProxiedConnection[] open;
        lock (gate)
            open = [.. connections];
        foreach (var connection in open)
            fault(connection);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                if (refusing)
                {
                    client.Close(0);
                    continue;
                }
                var connection = new ProxiedConnection(this, client);
                lock (gate)
                {
                    connections.Add(connection);
                    running.RemoveAll(task => task.IsCompleted);
                    running.Add(RunAsync(connection));
                }
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The proxy is disposed.
        }
    }

    private async Task RunAsync(ProxiedConnection connection)
    {
        await Task.Yield();
        try
        {
            await connection.RunAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
        }
        finally
        {
            lock (gate)
                connections.Remove(connection);
        }
    }
}
