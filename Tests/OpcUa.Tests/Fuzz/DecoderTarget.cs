using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Encoding;
using PatchEdge.OpcUa.Tests.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// The decoder (Part 6 §5.2): requests, responses, the reader of notifications and bare values. What is decoded must be encodable,
/// and its bytes must not change from then on.
/// </summary>
internal sealed class DecoderTarget : FuzzTarget
{
    private const int MemoryPerByte = 200;

    private readonly PublishResponseReader notifications = new();

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. StructureVector.All.Where(vector => vector.IsRequest || vector.IsResponse).Select(vector => vector.Message),
        Bytes.Written(static w => w.WriteVariant(Variant.FromArray<Variant>([1, "text", new Variant(2.5)]))),
        Bytes.Written(static w => w.WriteVariant(Variant.FromArray<double>([1, 2, 3, 4, 5, 6]))),
        Bytes.Written(static w => w.WriteVariant(new Variant(new ExtensionObject(new LiteralOperand { Value = new Variant(new ExtensionObject(new LiteralOperand { Value = 1 })) })))),
        Bytes.Written(static w => w.WriteDataValue(new DataValue("value"))),
    ];

    public override ValueTask FeedAsync(byte[] input)
    {
        Bounded(input, MemoryPerByte, static bytes => Again(ServiceMessages.DecodeRequest(bytes), static again => ServiceMessages.DecodeRequest(again)));
        Bounded(input, MemoryPerByte, static bytes => Again(ServiceMessages.DecodeResponse(bytes), static again => ServiceMessages.DecodeResponse(again)));
        Bounded(input, MemoryPerByte, static bytes => ServiceMessages.TryDecodeRequestHeader(bytes));
        Bounded(input, MemoryPerByte, bytes => notifications.TryRead(bytes));
        Bounded(input, MemoryPerByte, static bytes =>
        {
            var value = new UaBinaryReader(bytes).ReadVariant();
            var once = Bytes.Written(w => w.WriteVariant(value));
            Same(once, Bytes.Written(w => w.WriteVariant(new UaBinaryReader(once).ReadVariant())));
            if (value.ToString().Length > 16 * 1024)
                throw new InvalidOperationException("A value's text is longer than anybody reads.");
        });
        Bounded(input, MemoryPerByte, static bytes =>
        {
            var value = new UaBinaryReader(bytes).ReadDataValue();
            var once = Bytes.Written(w => w.WriteDataValue(value));
            Same(once, Bytes.Written(w => w.WriteDataValue(new UaBinaryReader(once).ReadDataValue())));
        });
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Again(IEncodable message, Func<byte[], IEncodable> decode)
    {
        byte[] once;
        byte[] twice;
        try
        {
            once = Bytes.Written(w => ServiceMessages.Encode(w, message));
            twice = Bytes.Written(w => ServiceMessages.Encode(w, decode(once)));
        }
        catch (UaException refused)
        {
            throw new InvalidOperationException($"A {message.GetType().Name} that was decoded does not survive encoding: {refused.Message}", refused);
        }
        Same(once, twice);
    }

    private static void Same(byte[] once, byte[] twice)
    {
        if (!once.AsSpan().SequenceEqual(twice))
            throw new InvalidOperationException($"Encoded once {Convert.ToHexString(once)}, decoded and encoded again {Convert.ToHexString(twice)}.");
    }
}
