using PatchEdge.OpcUa.SecureChannel.Chunks;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.SecureChannel;

/// <summary>Room for a message of several chunks is taken at once, as much as the last one needed, and no peer gets more by it than it sends.</summary>
public sealed class MessageAssemblerTests : IDisposable
{
    private const int Chunk = 60_000;

    private readonly MessageAssembler assembler = new(
        new NegotiatedLimits { ReceiveChunkSize = 65536, SendChunkSize = 65536, ReceiveMessageSize = 1_000_000, ReceiveChunkCount = 64, SendMessageSize = 1_000_000, SendChunkCount = 64 },
        new TransportLimits(), StatusCodes.BadResponseTooLarge, TimeProvider.System);

    public void Dispose() => assembler.Dispose();

    [Fact]
    public void Message_gets_the_room_that_the_one_before_needed_and_grows_when_that_is_wrong()
    {
        using (var first = Whole(1, chunks: 5))
            Assert.Equal(5 * Chunk, first.Length);
        using (var smaller = Whole(2, chunks: 2, bytes: 10))
        {
            Assert.Equal(20, smaller.Length);
            Assert.True(smaller.Capacity >= 5 * Chunk, $"{smaller.Capacity}");
        }
        using (var small = Whole(3, chunks: 2, bytes: 10))
            Assert.True(small.Capacity < Chunk, $"{small.Capacity}");
        using var larger = Whole(4, chunks: 6);
        Assert.Equal(Enumerable.Range(0, 6).SelectMany(chunk => Enumerable.Repeat((byte)chunk, Chunk)), larger.Memory.ToArray());
    }

    [Fact]
    public void Message_in_one_chunk_gets_what_it_has_and_says_nothing_of_the_next()
    {
        Whole(1, chunks: 5).Dispose();
        using (var single = Whole(2, chunks: 1, bytes: 10))
            Assert.True(single.Capacity < Chunk, $"{single.Capacity}");
        using var again = Whole(3, chunks: 2, bytes: 10);
        Assert.True(again.Capacity >= 5 * Chunk, $"{again.Capacity}");
    }

    [Fact]
    public void Peer_that_begins_many_messages_gets_the_room_for_one()
    {
        Whole(1, chunks: 5).Dispose();
        for (uint id = 2; id < 10; id++)
            Assert.Null(assembler.Add(id, new byte[10], final: false, keep: true));
        Assert.Equal(80, assembler.PartialBytes);
        using (var first = assembler.Add(2, [], final: true, keep: true)!)
            Assert.True(first.Capacity >= 5 * Chunk, $"{first.Capacity}");
        using var other = assembler.Add(3, [], final: true, keep: true)!;
        Assert.True(other.Capacity < Chunk, $"{other.Capacity}");
        Assert.Equal(60, assembler.PartialBytes);
    }

    [Fact]
    public void Room_never_exceeds_the_largest_message_that_was_agreed()
    {
        Whole(1, chunks: 16).Dispose();
        using (var message = Whole(2, chunks: 2, bytes: 10))
            Assert.InRange(message.Capacity, 16 * Chunk, 2 * 1024 * 1024);
        Assert.Null(assembler.Add(3, new byte[Chunk], final: false, keep: true));
        for (var i = 1; i < 16; i++)
            Assert.Null(assembler.Add(3, new byte[Chunk], final: false, keep: true));
        Assert.Equal(StatusCodes.BadResponseTooLarge, Assert.Throws<UaException>(() => assembler.Add(3, new byte[Chunk], final: false, keep: true)).Status.Value);
        Assert.Equal((0L, 0), (assembler.PartialBytes, assembler.OpenMessages));
    }

    private PooledMessage Whole(uint requestId, int chunks, int bytes = Chunk)
    {
        for (var i = 0; ; i++)
        {
            var body = new byte[bytes];
            body.AsSpan().Fill((byte)i);
            if (assembler.Add(requestId, body, final: i == chunks - 1, keep: true) is { } message)
                return message;
        }
    }
}
