using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>Accepts connections and runs a <see cref="ServerChannel"/> for each, within caps per address and in all.</summary>
internal sealed class ServerListener : IAsyncDisposable
{
    private readonly ConcurrentDictionary<uint, (ServerChannel Channel, Task Run)> connections = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Socket socket;
    private Task accepting = Task.CompletedTask;
    private uint lastChannelId = (uint)Random.Shared.Next(1, 1 << 24);
    private int disposed;

    public ServerListener(ServerListenerOptions options)
    {
        options.Limits.Validate();
        if (options.Offered.Any(offered => offered.Policy != SecurityPolicy.None) && (options.OwnCertificate is null || options.Validator is null))
            throw new ArgumentException($"A secured endpoint needs {nameof(options.OwnCertificate)} and {nameof(options.Validator)}.", nameof(options));
        Options = options;
        socket = new Socket(options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        LocalEndPoint = options.Address;
    }

    public ServerListenerOptions Options { get; }

    /// <summary>Where it listens once it was started.</summary>
    public IPEndPoint LocalEndPoint { get; private set; }

    /// <summary>Channels that are open now.</summary>
    public IReadOnlyCollection<ServerChannel> Channels => [.. connections.Values.Select(entry => entry.Channel).Where(channel => channel.IsOpen)];

    /// <summary>Connections, whether they have a channel yet or not.</summary>
    public int ConnectionCount => connections.Count;

    /// <summary>Binds and listens, then accepts in the background until disposed.</summary>
    public void Start()
    {
        try
        {
            socket.Bind(Options.Address);
            socket.Listen(128);
        }
        catch (SocketException taken)
        {
            throw new UaException(StatusCodes.BadResourceUnavailable, $"Cannot listen on {Options.Address}: {taken.Message}", "listener",
                "Stop the program that uses the port, or configure another one", taken);
        }
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        accepting = AcceptAsync();
    }

    /// <summary>Cuts every connection without a word, and goes on accepting (a fault hook).</summary>
    public void CutConnections(UaException reason)
    {
        foreach (var (channel, _) in connections.Values)
            channel.Abort(reason);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stopping.CancelAsync().ConfigureAwait(false);
        socket.Dispose();
        await accepting.ConfigureAwait(false);
        CutConnections(new UaException(StatusCodes.BadServerHalted, "The server stopped", LocalEndPoint.ToString()));
        await Task.WhenAll(connections.Values.Select(entry => entry.Run)).ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var peer = await socket.AcceptAsync(stopping.Token).ConfigureAwait(false);
                Admit(peer);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failed)
            {
                // Out of descriptors, or the peer left again: the next one may do better, after a breath.
                Options.OnRefused?.Invoke("accept", new UaException(StatusCodes.BadTcpNotEnoughResources, failed.Message, "accept", "Raise the limit of open files if this repeats"));
                await Task.Delay(TimeSpan.FromMilliseconds(50), Options.TimeProvider, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Admit(Socket peer)
    {
        var connection = new TransportConnection(peer, Options.Limits, Options.TimeProvider);
        var channel = new ServerChannel(Options, connection, NextChannelId());
        if (!HasRoom(channel.Address))
            channel.Abort(new UaException(StatusCodes.BadTcpServerTooBusy, "Every connection is taken by a session", channel.Peer, "Raise the limit, or close a client"));
        var admitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connections[channel.ChannelId] = (channel, RunAsync(channel, admitted.Task));
        admitted.SetResult();
    }

    // The oldest that has no session goes: a client at work is never pushed out by a flood of openings, and a flood pushes out
    // itself. When all have sessions the newest has to wait for one to leave.
    private bool HasRoom(IPAddress address)
    {
        var all = connections.Values.Select(entry => entry.Channel).Where(channel => !channel.IsEnding).ToList();
        var same = all.Where(channel => channel.Address.Equals(address)).ToList();
        var crowd = same.Count >= Options.MaxConnectionsPerAddress ? same : all.Count >= Options.MaxConnections ? all : null;
        var victim = crowd?.Where(channel => !channel.HasSession).MinBy(channel => channel.AcceptedAt);
        if (crowd is null)
            return true;
        victim?.Abort(new UaException(StatusCodes.BadTcpServerTooBusy, "The connection made room for a newer one", victim.Peer, "Activate a session soon after connecting"));
        return victim is not null;
    }

    private async Task RunAsync(ServerChannel channel, Task admitted)
    {
        await admitted.ConfigureAwait(false);
        var reason = await channel.RunAsync().ConfigureAwait(false);
        connections.TryRemove(channel.ChannelId, out _);
        if (channel.IsOpen)
            Options.OnClosed?.Invoke(channel, reason);
        else
            Options.OnRefused?.Invoke(channel.Peer, reason);
    }

    private uint NextChannelId()
    {
        do
            lastChannelId = unchecked(lastChannelId + 1);
        while (lastChannelId == 0 || connections.ContainsKey(lastChannelId));
        return lastChannelId;
    }
}
