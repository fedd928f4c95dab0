using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>Stands between client and server, passes whole chunks on, and flips a bit in each MSG once it was told to.</summary>
internal sealed class TamperingRelay : IDisposable
{
    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> sockets = [];
    private readonly int serverPort;
    private readonly int at;
    private readonly Task running;
    private volatile bool tamper;

    /// <param name="serverPort">Where the server listens.</param>
    /// <param name="at">Byte of the chunk to change; counted from its end when negative.</param>
    public TamperingRelay(int serverPort, int at)
    {
        this.serverPort = serverPort;
        this.at = at;
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen(1);
        running = RunAsync();
    }

    public string Url => $"opc.tcp://localhost:{((IPEndPoint)listener.LocalEndPoint!).Port}/";

    public bool Tamper
    {
        set => tamper = value;
    }

    public void Dispose()
    {
        listener.Dispose();
        lock (sockets)
            sockets.ForEach(socket => socket.Dispose());
        _ = running.ContinueWith(static done => done.Exception, TaskScheduler.Default);
    }

    private async Task RunAsync()
    {
        var client = await listener.AcceptAsync();
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (sockets)
            sockets.AddRange([client, server]);
        await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, serverPort));
        var up = PassAsync(client, server, change: true);
        var down = PassAsync(server, client, change: false);
        await Task.WhenAny(up, down);
        client.Dispose();
        server.Dispose();
        await Task.WhenAll(up, down);
    }

    private async Task PassAsync(Socket from, Socket to, bool change)
    {
        try
        {
            while (true)
            {
                var header = await ReadAsync(from, 8);
                var rest = await ReadAsync(from, BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4)) - 8);
                byte[] chunk = [.. header, .. rest];
                if (change && tamper && header.AsSpan(0, 3).SequenceEqual("MSG"u8))
                    chunk[at < 0 ? chunk.Length + at : at] ^= 0x10;
                await to.SendAsync(chunk, SocketFlags.None);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or EndOfStreamException)
        {
            // One side left.
        }
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = await socket.ReceiveAsync(bytes.AsMemory(at), SocketFlags.None);
            if (count == 0)
                throw new EndOfStreamException();
            at += count;
        }
        return bytes;
    }
}
