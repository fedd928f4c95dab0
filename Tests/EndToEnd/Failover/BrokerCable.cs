using System.Net;
using System.Net.Sockets;

namespace PatchEdge.EndToEnd.Failover;

/// <summary>What one scheduler alone reaches the broker by: pulled out, its connection ends and no new one is let through, while everybody else's stands.</summary>
internal sealed class BrokerCable : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly HashSet<Socket> open = [];
    private readonly List<Task> running = [];
    private readonly int broker;
    private bool pulled;

    public BrokerCable(int broker)
    {
        this.broker = broker;
        listener.Start();
        running.Add(AcceptAsync());
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Pull()
    {
        lock (gate)
        {
            pulled = true;
            foreach (var socket in open)
                socket.Close(0);
        }
    }

    public void PlugIn()
    {
        lock (gate)
            pulled = false;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Pull();
        listener.Stop();
        Task[] ending;
        lock (gate)
            ending = [.. running];
        await Task.WhenAll(ending);
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(stopping.Token);
                lock (gate)
                    running.Add(CarryAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task CarryAsync(Socket client)
    {
        await Task.Yield();
        using var near = client;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (gate)
        {
            if (pulled)
                return;
            open.UnionWith([near, far]);
        }

        try
        {
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, broker), stopping.Token);
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            lock (gate)
                open.ExceptWith([near, far]);
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer, SocketFlags.None, stopping.Token) is > 0 and var count)
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None, stopping.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }
}
