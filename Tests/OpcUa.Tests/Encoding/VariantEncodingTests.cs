using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Encoding;

[Collection(nameof(Alone))]
public sealed class VariantEncodingTests
{
    private static readonly DateTime Millennium = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static TheoryData<Variant, string> Values => new()
    {
        { Variant.Null, "00" },
        { true, "01 01" },
        { (sbyte)-1, "02 FF" },
        { (byte)7, "03 07" },
        { (short)-2, "04 FE FF" },
        { (ushort)2, "05 02 00" },
        { -3, "06 FD FF FF FF" },
        { 3u, "07 03 00 00 00" },
        { -4L, "08 FC FF FF FF FF FF FF FF" },
        { ulong.MaxValue, "09 FF FF FF FF FF FF FF FF" },
        { -6.5f, "0A 00 00 D0 C0" },
        { 1.0, "0B 00 00 00 00 00 00 F0 3F" },
        { "A", "0C 01 00 00 00 41" },
        { new Variant((string?)null), "0C FF FF FF FF             // a null string is not the null variant" },
        { Millennium, "0D 00 40 6D 25 EB 53 BF 01" },
        { new Guid("72962B91-FA75-4AE6-8D28-B404DC7DAF63"), "0E 91 2B 96 72 75 FA E6 4A 8D 28 B4 04 DC 7D AF 63" },
        { new Variant(new byte[] { 1 }), "0F 01 00 00 00 01" },
        { Variant.FromXmlElement("<a/>"), "10 04 00 00 00 3C 61 2F 3E" },
        { new NodeId(85), "11 00 55" },
        { new ExpandedNodeId(85u), "12 00 55" },
        { new Variant(new StatusCode(StatusCodes.BadTimeout)), "13 00 00 0A 80" },
        { new QualifiedName(1, "A"), "14 01 00 01 00 00 00 41" },
        { new LocalizedText("A"), "15 02 01 00 00 00 41" },
        { new Variant(ExtensionObject.WithoutBody(new NodeId(9))), "16 00 09 00" },
        { new Variant(new DataValue(true)), "17 01 01 01" },
        { new Variant(new DiagnosticInfo { SymbolicId = 1 }), "19 01 01 00 00 00" },
        { Variant.FromArray<bool>([true, false]), "81 02 00 00 00 01 00" },
        { Variant.FromArray<byte>([1, 2]), "83 02 00 00 00 01 02      // an array of Byte is not a ByteString" },
        { Variant.FromArray<int>([]), "86 00 00 00 00" },
        { Variant.FromArray<int>(null), "86 FF FF FF FF" },
        { Variant.FromArray<string?>(["A", null, ""]), "8C 03 00 00 00 01 00 00 00 41 FF FF FF FF 00 00 00 00" },
        { Variant.FromXmlElements(["<a/>"]), "90 01 00 00 00 04 00 00 00 3C 61 2F 3E" },
        { Variant.FromArray<byte[]?>([[1], null]), "8F 02 00 00 00 01 00 00 00 01 FF FF FF FF" },
        { Variant.FromArray<Variant>([1, "A"]), "98 02 00 00 00 06 01 00 00 00 0C 01 00 00 00 41" },
        { Variant.FromArray<short>([1, 2, 3, 4, 5, 6], 2, 3), "C4 06 00 00 00 01 00 02 00 03 00 04 00 05 00 06 00 02 00 00 00 02 00 00 00 03 00 00 00" },
        { Variant.FromArray<double>([], 0, 3), "CB 00 00 00 00 02 00 00 00 00 00 00 00 03 00 00 00" },
    };

    [Theory, MemberData(nameof(Values))]
    public void Variant_travels_both_ways(Variant value, string bytes)
    {
        byte[] expected = Bytes.Of(bytes);
        Assert.Equal(Bytes.Hex(expected), Bytes.Hex(Bytes.Written(w => w.WriteVariant(value))));
        Variant read = Bytes.Read(expected, static (ref r) => r.ReadVariant());
        Assert.Equal(value.Type, read.Type);
        Assert.Equal(value.IsArray, read.IsArray);
        Assert.Equal(value.ToString(), read.ToString());
        if (value.Type != BuiltInType.ExtensionObject) Assert.Equal(value, read);
    }

    [Fact]
    public void Reserved_types_are_taken_for_byte_strings()
    {
        Variant read = Bytes.Read(Bytes.Of("1F 01 00 00 00 07"), static (ref r) => r.ReadVariant());
        Assert.Equal(BuiltInType.ByteString, read.Type);
    }

    [Fact]
    [Trait("Clause", "Part 6 §5.2.2.15 unknown")]
    public void Known_structure_is_decoded_in_place()
    {
        byte[] bytes = Bytes.Of("""
            16                          // ExtensionObject
            01 00 76 03                 // i=886, Range
            01 10 00 00 00              // binary, 16 bytes
            00 00 00 00 00 00 00 00     // low
            00 00 00 00 00 00 F0 3F     // high
            """);
        Variant read = Bytes.Read(bytes, static (ref r) => r.ReadVariant());
        Assert.Equal(new OpcUa.Services.Range { Low = 0, High = 1 }, read.Get<ExtensionObject>()!.Body);
        Assert.Equal(Bytes.Hex(bytes), Bytes.Hex(Bytes.Written(w => w.WriteVariant(read))));
    }

    [Fact]
    [Hostile(10)]
    [Trait("Clause", "Part 6 §5.2.2.15 unknown")]
    public void Unknown_structure_is_kept_as_its_bytes()
    {
        byte[] bytes = Bytes.Of("16 01 02 39 30 01 03 00 00 00 01 02 03");
        ExtensionObject kept = Bytes.Read(bytes, static (ref r) => r.ReadVariant()).Get<ExtensionObject>()!;
        Assert.Equal(new NodeId(12345, 2), kept.TypeId);
        Assert.Equal([1, 2, 3], kept.Binary!);
        Assert.Equal(Bytes.Hex(bytes), Bytes.Hex(Bytes.Written(w => w.WriteVariant(kept))));
    }

    [Fact]
    public void Xml_structure_is_kept_as_its_text()
    {
        byte[] bytes = Bytes.Of("00 01 02 04 00 00 00 3C 61 2F 3E");
        ExtensionObject kept = Bytes.Read(bytes, static (ref r) => r.ReadExtensionObject())!;
        Assert.Equal("<a/>", kept.Xml);
        Assert.Equal(Bytes.Hex(bytes), Bytes.Hex(Bytes.Written(w => w.WriteExtensionObject(kept))));
    }
}
