using CsCheck;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Services;

/// <summary>A damaged message decodes to something or is refused; no other exception and no memory out of proportion.</summary>
public sealed class DamagedMessageProperties
{
    private static readonly StructureVector[] Messages = [.. StructureVector.All.Where(v => v.IsRequest || v.IsResponse)];

    private static readonly byte[] Spiteful = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF];

    private static readonly Gen<(StructureVector Vector, byte[] Bytes)> Damaged =
        from vector in Gen.Int[0, Messages.Length - 1].Select(i => Messages[i])
        from bytes in Gen.OneOf(Truncated(vector.Message), Mutated(vector.Message), Spliced(vector.Message))
        select (vector, bytes);

    [Fact]
    public void Damaged_message_decodes_or_is_refused() => Damaged.Sample(d => DecodesOrIsRefused(d.Vector, d.Bytes), iter: 20_000);

    [Fact]
    public void Message_cut_anywhere_is_refused()
    {
        foreach (StructureVector vector in Messages)
        {
            byte[] whole = vector.Message;
            for (int length = 0; length < whole.Length; length++)
            {
                byte[] cut = whole[..length];
                var error = Assert.Throws<UaException>(() => Decode(vector, cut));
                Assert.Equal<uint>(StatusCodes.BadDecodingError, error.Status.Value);
            }
        }
    }

    private static bool DecodesOrIsRefused(StructureVector vector, byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        IEncodable? message = null;
        try
        {
            message = Decode(vector, bytes);
        }
        catch (UaException)
        {
            // Refused, as it may be.
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > 256 * 1024 + bytes.Length * 64L) return false;
        if (message is null) return true;

        // What was decoded can be encoded, and from then on its bytes no longer change.
        byte[] once = Bytes.Written(w => ServiceMessages.Encode(w, message));
        return Bytes.Written(w => ServiceMessages.Encode(w, Decode(vector, once))).AsSpan().SequenceEqual(once);
    }

    private static IEncodable Decode(StructureVector vector, byte[] bytes) =>
        vector.IsRequest ? ServiceMessages.DecodeRequest(bytes) : ServiceMessages.DecodeResponse(bytes);

    private static Gen<byte[]> Truncated(byte[] message) => Gen.Int[0, message.Length - 1].Select(length => message[..length]);

    private static Gen<byte[]> Mutated(byte[] message) =>
        Gen.Select(Gen.Int[0, message.Length - 1], Gen.OneOf(Gen.Byte, Gen.Int[0, Spiteful.Length - 1].Select(i => Spiteful[i]))).Array[1, 6].Select(changes =>
        {
            byte[] copy = [.. message];
            foreach ((int at, byte value) in changes) copy[at] = value;
            return copy;
        });

    private static Gen<byte[]> Spliced(byte[] message) =>
        Gen.Select(Gen.Int[0, message.Length - 1], Gen.Int[0, message.Length - 1], (from, to) => (byte[])[.. message[..from], .. message[to..]]);
}
