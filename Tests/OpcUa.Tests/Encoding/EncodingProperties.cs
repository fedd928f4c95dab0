using CsCheck;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Encoding;

public sealed class EncodingProperties
{
    [Fact]
    public void Any_variant_comes_back_as_it_went() => Generators.Variants.Sample(value =>
    {
        byte[] bytes = Bytes.Written(w => w.WriteVariant(value));
        Variant read = Bytes.Read(bytes, static (ref r) => r.ReadVariant());
        return read.Type == value.Type && read.ToString() == value.ToString()
            && Bytes.Written(w => w.WriteVariant(read)).AsSpan().SequenceEqual(bytes)
            && (Holds(value, BuiltInType.ExtensionObject) || read == value);
    }, iter: 2_000);

    [Fact]
    public void Any_data_value_comes_back_as_it_went() => Generators.DataValues.Sample(value =>
    {
        byte[] bytes = Bytes.Written(w => w.WriteDataValue(value));
        DataValue read = Bytes.Read(bytes, static (ref r) => r.ReadDataValue());
        return read.Status == value.Status && read.SourceTimestamp == value.SourceTimestamp && read.ServerTimestamp == value.ServerTimestamp
            && Bytes.Written(w => w.WriteDataValue(read)).AsSpan().SequenceEqual(bytes);
    }, iter: 1_000);

    [Fact]
    public void Any_node_id_comes_back_as_it_went_on_the_wire_and_as_text() => Generators.NodeIds.Sample(value =>
        Bytes.Read(Bytes.Written(w => w.WriteNodeId(value)), static (ref r) => r.ReadNodeId()) == value
        && NodeId.Parse(value.ToString()) == value, iter: 2_000);

    [Fact]
    public void Any_expanded_node_id_comes_back_as_it_went_on_the_wire_and_as_text() => Generators.ExpandedNodeIds.Sample(value =>
        Bytes.Read(Bytes.Written(w => w.WriteExpandedNodeId(value)), static (ref r) => r.ReadExpandedNodeId()) == value
        && ExpandedNodeId.Parse(value.ToString()) == value, iter: 2_000);

    [Fact]
    public void Any_bytes_are_a_variant_or_are_refused() => Gen.Select(Gen.Byte[1, 0xDF], Gen.OneOf(Gen.Byte[0, 3], Gen.Byte).Array[0, 64]).Sample((type, rest) =>
    {
        try
        {
            Variant read = Bytes.Read([type, .. rest], static (ref r) => r.ReadVariant());
            byte[] once = Bytes.Written(w => w.WriteVariant(read));
            Assert.Equal(once, Bytes.Written(w => w.WriteVariant(Bytes.Read(once, static (ref r) => r.ReadVariant()))));
        }
        catch (UaException refused)
        {
            Assert.True(refused.Status.IsBad);
        }
    }, iter: 20_000);

    // Extension objects have no equality of their own; for them the bytes must do.
    private static bool Holds(Variant value, BuiltInType type) =>
        value.Type == type || value.Type is BuiltInType.Variant or BuiltInType.DataValue;
}
