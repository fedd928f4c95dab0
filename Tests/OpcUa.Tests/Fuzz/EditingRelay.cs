using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// Stands between a client and a server without security and changes bytes in the bodies of the first connection's responses. Four
/// bytes of its script are an edit: number of the response (its high bit: four bytes instead of one), position (16 bit, little-endian,
/// modulo the body's length), new value.
/// </summary>
internal sealed class EditingRelay : IDisposable
{
    private const int Headers = 24;

    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> sockets = [];
    private readonly int serverPort;
    private readonly byte[] script;
    private readonly Task running;

    public EditingRelay(int serverPort, byte[] script)
    {
        this.serverPort = serverPort;
        this.script = script;
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen(4);
        running = RunAsync();
    }

    public string Url => $"opc.tcp://localhost:{((IPEndPoint)listener.LocalEndPoint!).Port}/";

    public void Dispose()
    {
        listener.Dispose();
        lock (sockets)
            sockets.ForEach(socket => socket.Dispose());
        _ = running.ContinueWith(static done => done.Exception, TaskScheduler.Default);
    }

    private async Task RunAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                lock (sockets)
                    sockets.AddRange([client, server]);
                await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, serverPort));
                passing.Add(PassAsync(client, server, null));
                passing.Add(PassAsync(server, client, passing.Count == 1 ? script : null));
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(passing);
        }
    }

    private static async Task PassAsync(Socket from, Socket to, byte[]? script)
    {
        try
        {
            for (var response = 0; ;)
            {
                var chunk = new byte[8];
                await ReadAsync(from, chunk);
                Array.Resize(ref chunk, BinaryPrimitives.ReadInt32LittleEndian(chunk.AsSpan(4)));
                await ReadAsync(from, chunk.AsMemory(8));
                if (script is not null && chunk.AsSpan(0, 3).SequenceEqual("MSG"u8))
                    Edit(chunk.AsSpan(Headers), response++, script);
                await to.SendAsync(chunk, SocketFlags.None);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or EndOfStreamException)
        {
            from.Dispose();
            to.Dispose();
        }
    }

    private static void Edit(Span<byte> body, int response, byte[] script)
    {
        for (var at = 0; at + 4 <= script.Length; at += 4)
        {
            if ((script[at] & 0x7F) != response || body.IsEmpty)
                continue;
            var position = BinaryPrimitives.ReadUInt16LittleEndian(script.AsSpan(at + 1)) % body.Length;
            var length = (script[at] & 0x80) != 0 ? Math.Min(4, body.Length - position) : 1;
            body.Slice(position, length).Fill(script[at + 3]);
        }
    }

    private static async Task ReadAsync(Socket socket, Memory<byte> target)
    {
        while (!target.IsEmpty)
        {
            var count = await socket.ReceiveAsync(target, SocketFlags.None);
            if (count == 0)
                throw new EndOfStreamException();
            target = target[count..];
        }
    }
}
