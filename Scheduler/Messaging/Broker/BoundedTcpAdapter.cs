using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Implementations;
using MQTTnet.Server;

namespace PatchEdge.Scheduler.Messaging.Broker;

/// <summary>Accepts the broker's connections within bounds: how many in all, how many from one address, how large a packet, how long a TLS handshake.</summary>
internal sealed class BoundedTcpAdapter(IPEndPoint listen, int maximumConnections, int maximumPacket, X509Certificate2? certificate, TimeProvider time) : IMqttServerAdapter
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<IPAddress, int> perAddress = new();
    private readonly ConcurrentDictionary<Task, byte> serving = new();
    private readonly CancellationTokenSource stopping = new();
    private IMqttNetLogger logger = MqttNetNullLogger.Instance;
    private Socket? listener;
    private Task accepting = Task.CompletedTask;
    private int connections;

    public Func<IMqttChannelAdapter, Task> ClientHandler { get; set; } = _ => Task.CompletedTask;

    /// <summary>Where it listens, with the port that a request for port 0 was given.</summary>
    public IPEndPoint BoundEndPoint => (IPEndPoint)listener!.LocalEndPoint!;

    /// <summary>Connections turned away because a bound was reached.</summary>
    public long Refused { get; private set; }

    public Task StartAsync(MqttServerOptions options, IMqttNetLogger logger)
    {
        this.logger = logger;
        listener = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (!OperatingSystem.IsWindows())
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(listen);
        listener.Listen(64);
        accepting = AcceptAsync(listener, stopping.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        listener?.Dispose();
        await accepting;
        await Task.WhenAll(serving.Keys);
    }

    public void Dispose()
    {
        listener?.Dispose();
        stopping.Dispose();
    }

    private async Task AcceptAsync(Socket socket, CancellationToken cancellation)
    {
        await Task.Yield();
        while (!cancellation.IsCancellationRequested)
            try
            {
                var accepted = await socket.AcceptAsync(cancellation);
                var address = (accepted.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
                if (!TryTakePlace(address))
                {
                    Refused++;
                    accepted.Dispose();
                    continue;
                }

                var task = ServeAsync(accepted, address, cancellation);
                serving.TryAdd(task, 0);
                _ = task.ContinueWith(ended => serving.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception)
            {
                logger.Publish(MqttNetLogLevel.Warning, nameof(BoundedTcpAdapter), "A connection could not be accepted.", [], exception);
            }
    }

    private async Task ServeAsync(Socket socket, IPAddress address, CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            socket.NoDelay = true;
            await using var stream = await OpenAsync(socket, cancellation);
            using var channel = new BoundedChannel(new MqttTcpChannel(stream, socket.LocalEndPoint, socket.RemoteEndPoint, null), maximumPacket);
            using var adapter = new MqttChannelAdapter(channel, new MqttPacketFormatterAdapter(new MqttBufferWriter(4_096, 65_535)), logger);
            await ClientHandler(adapter);
        }
#pragma warning disable CA1031 // The boundary of one connection: whatever a peer does ends that connection alone.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.Publish(MqttNetLogLevel.Verbose, nameof(BoundedTcpAdapter), "A connection ended.", [], exception);
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref connections);
            perAddress.AddOrUpdate(address, 0, (_, count) => count - 1);
        }
    }

    private async Task<Stream> OpenAsync(Socket socket, CancellationToken cancellation)
    {
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (certificate is null)
            return stream;
        using var limit = new CancellationTokenSource(HandshakeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 }, either.Token);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another machine gets at most half of all places, so that one alone cannot shut the others out.</summary>
    private bool TryTakePlace(IPAddress address)
    {
        var most = IPAddress.IsLoopback(address) ? maximumConnections : Math.Max(2, maximumConnections / 2);
        if (Volatile.Read(ref connections) >= maximumConnections || perAddress.GetValueOrDefault(address) >= most)
            return false;
        if (perAddress.Count > 10_000)
            foreach (var idle in perAddress.Where(pair => pair.Value == 0).ToList())
                perAddress.TryRemove(idle);
        Interlocked.Increment(ref connections);
        perAddress.AddOrUpdate(address, 1, (_, count) => count + 1);
        return true;
    }
}
