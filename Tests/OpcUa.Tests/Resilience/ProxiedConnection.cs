using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Resilience;

/// <summary>One connection through a <see cref="FaultProxy"/>, passed on chunk by chunk (Part 6 §7.1.2.2).</summary>
internal sealed class ProxiedConnection(FaultProxy proxy, Socket client) : IDisposable
{
    // Header, channel, token, sequence number, request id of a MSG chunk (Part 6 §6.7.2).
    private const int SequenceNumberAt = 16;
    private const int BodyAt = 24;
    private const int PublishResponse = 829;
    private const int Notification = 811;

    private readonly Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private TaskCompletionSource? stalled;
    private volatile Drop? dropNext;
    private uint dropped;

    public void Cut()
    {
        // A reset, not an orderly end.
        client.Close(0);
        server.Close(0);
        Resume();
    }

    public void Stall() => Volatile.Write(ref stalled, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Resume() => Interlocked.Exchange(ref stalled, null)?.SetResult();

    public void EndTowardsClient() => End(client);

    public void EndTowardsServer() => End(server);

    public Task DropNextPublishResponse() => DropNext(CarriesNotification);

    public Task DropNextResponse(uint typeId) => DropNext(chunk => new UaBinaryReader(chunk.AsSpan(BodyAt)).ReadNodeId() == new NodeId(typeId));

    public async Task RunAsync(IPEndPoint address)
    {
        try
        {
            await server.ConnectAsync(address);
            client.NoDelay = server.NoDelay = true;
            var up = PassAsync(client, server, fromServer: false);
            var down = PassAsync(server, client, fromServer: true);
            await Task.WhenAll(up, down);
        }
        catch (SocketException)
        {
            // No server there at the moment.
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }

    private static void End(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It had ended already.
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool fromServer)
    {
        try
        {
            while (await ReadChunkAsync(from) is { } chunk)
            {
                if (Volatile.Read(ref stalled) is { } stall)
                    await stall.Task;
                if (proxy.Delay > TimeSpan.Zero)
                    await Task.Delay(proxy.Delay, TimeProvider.System);
                if (fromServer && IsDropped(chunk))
                    continue;
                await SendAsync(to, chunk);
            }
            End(to);
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or EndOfStreamException)
        {
            Cut();
        }
    }

    private bool IsDropped(byte[] chunk)
    {
        if (!chunk.AsSpan(0, 3).SequenceEqual("MSG"u8))
            return false;
        if (dropNext is { } drop && drop.Fits(chunk))
        {
            dropNext = null;
            dropped++;
            drop.Done.SetResult();
            return true;
        }
        if (dropped > 0)
        {
            var number = chunk.AsSpan(SequenceNumberAt, 4);
            BinaryPrimitives.WriteUInt32LittleEndian(number, BinaryPrimitives.ReadUInt32LittleEndian(number) - dropped);
        }
        return false;
    }

    private Task DropNext(Func<byte[], bool> fits)
    {
        var drop = new Drop(fits, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        dropNext = drop;
        return drop.Done.Task;
    }

    /// <summary>A whole Publish response with a DataChangeNotification; a keep-alive is none.</summary>
    private static bool CarriesNotification(byte[] chunk)
    {
        var reader = new UaBinaryReader(chunk.AsSpan(BodyAt));
        if (reader.ReadNodeId() != new NodeId(PublishResponse))
            return false;
        _ = ResponseHeader.Decode(ref reader);
        _ = reader.ReadUInt32();
        var available = reader.ReadInt32();
        for (var i = 0; i < available; i++)
            _ = reader.ReadUInt32();
        _ = reader.ReadBoolean();
        _ = reader.ReadUInt32();
        _ = reader.ReadDateTime();
        return reader.ReadInt32() > 0 && reader.ReadNodeId() == new NodeId(Notification);
    }

    private async Task SendAsync(Socket to, byte[] chunk)
    {
        var piece = proxy.ByteByByte ? 1 : chunk.Length;
        for (var at = 0; at < chunk.Length; at += piece)
            await to.SendAsync(chunk.AsMemory(at, piece), SocketFlags.None);
    }

    private sealed record Drop(Func<byte[], bool> Fits, TaskCompletionSource Done);

    /// <summary>Null at the end of what the peer sends.</summary>
    private static async Task<byte[]?> ReadChunkAsync(Socket socket)
    {
        var header = new byte[8];
        if (await ReadAsync(socket, header) == 0)
            return null;
        var chunk = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4))];
        header.CopyTo(chunk, 0);
        await ReadAsync(socket, chunk.AsMemory(8));
        return chunk;
    }

    private static async Task<int> ReadAsync(Socket socket, Memory<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var count = await socket.ReceiveAsync(bytes[at..], SocketFlags.None);
            if (count == 0)
                return at == 0 ? 0 : throw new EndOfStreamException();
            at += count;
        }
        return bytes.Length;
    }
}
