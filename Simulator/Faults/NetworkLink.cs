using System.Net;
using System.Net.Sockets;

namespace PatchEdge.Simulator.Faults;

/// <summary>The network between one server and its clients: passes bytes on from a loopback port to another until it is told to fail.</summary>
/// <remarks>Bounded by the sockets' own buffers: what the far side does not take stops the near side.</remarks>
internal sealed class NetworkLink : IAsyncDisposable
{
    private const int MostConnections = 200;
    private const int BufferSize = 64 * 1024;

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly HashSet<Socket> open = [];
    private readonly List<Task> running = [];
    private readonly int target;
    private readonly Task accepting;
    private TaskCompletionSource? silence;
    private bool cut;

    /// <param name="port">Where clients connect; 0 takes a free one.</param>
    /// <param name="target">Where the server listens.</param>
    public NetworkLink(int port, int target)
    {
        this.target = target;
        if (!OperatingSystem.IsWindows())
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Resets every connection, and each new one, until it is mended.</summary>
    public void Cut()
    {
        Socket[] ended;
        lock (gate)
        {
            cut = true;
            ended = [.. open];
        }

        foreach (var socket in ended)
            socket.Close(0);
    }

    /// <summary>Nothing passes any more and nobody is told, until it is mended; then everything goes on.</summary>
    public void Silence()
    {
        lock (gate)
            silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>All is well again.</summary>
    public void Mend()
    {
        TaskCompletionSource? ended;
        lock (gate)
            (ended, silence, cut) = (silence, null, false);
        ended?.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        Cut();
        await accepting;
        Task[] left;
        lock (gate)
            left = [.. running];
        await Task.WhenAll(left);
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(stopping.Token);
                lock (gate)
                {
                    running.RemoveAll(task => task.IsCompleted);
                    if (!cut && running.Count < MostConnections)
                        running.Add(ServeAsync(client));
                    else
                        client.Close(0);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        using var near = client;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await PassableAsync();
            await far.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
            near.NoDelay = far.NoDelay = true;
            lock (gate)
            {
                if (cut)
                    throw new SocketException((int)SocketError.ConnectionReset);
                open.UnionWith([near, far]);
            }

            await Task.WhenAll(PassAsync(near, far), PassAsync(far, near));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            near.Close(0);
        }
        finally
        {
            lock (gate)
                open.ExceptWith([near, far]);
        }
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferSize];
        try
        {
            while (await from.ReceiveAsync(buffer, stopping.Token) is > 0 and var count)
            {
                await PassableAsync();
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), stopping.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side is gone; the other follows.
        }

        from.Close(0);
        to.Close(0);
    }

    private Task PassableAsync()
    {
        lock (gate)
            return silence?.Task.WaitAsync(stopping.Token) ?? Task.CompletedTask;
    }
}
