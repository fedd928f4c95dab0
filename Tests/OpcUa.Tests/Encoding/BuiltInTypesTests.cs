using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Encoding;

/// <summary>Each built-in type both ways; the examples of Part 6 §5.2.2 where there are any.</summary>
public sealed class BuiltInTypesTests
{
    private static readonly Guid SpecGuid = new("72962B91-FA75-4AE6-8D28-B404DC7DAF63");
    private static readonly DateTime Millennium = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Boolean() => Both(true, "01", static (w, v) => w.WriteBoolean(v), static (ref r) => r.ReadBoolean());

    [Fact]
    public void Boolean_of_any_other_byte_is_true() => Assert.True(Bytes.Read([0xFF], static (ref r) => r.ReadBoolean()));

    [Fact]
    public void SByte() => Both((sbyte)-2, "FE", static (w, v) => w.WriteSByte(v), static (ref r) => r.ReadSByte());

    [Fact]
    public void Byte() => Both((byte)0x42, "42", static (w, v) => w.WriteByte(v), static (ref r) => r.ReadByte());

    [Fact]
    public void Int16() => Both((short)-2, "FE FF", static (w, v) => w.WriteInt16(v), static (ref r) => r.ReadInt16());

    [Fact]
    public void UInt16() => Both((ushort)0x1234, "34 12", static (w, v) => w.WriteUInt16(v), static (ref r) => r.ReadUInt16());

    [Fact]
    public void Int32() => Both(1_000_000_000, "00 CA 9A 3B", static (w, v) => w.WriteInt32(v), static (ref r) => r.ReadInt32());

    [Fact]
    public void UInt32() => Both(0xFEDCBA98, "98 BA DC FE", static (w, v) => w.WriteUInt32(v), static (ref r) => r.ReadUInt32());

    [Fact]
    public void Int64() => Both(-1L, "FF FF FF FF FF FF FF FF", static (w, v) => w.WriteInt64(v), static (ref r) => r.ReadInt64());

    [Fact]
    public void UInt64() => Both(0x0102030405060708UL, "08 07 06 05 04 03 02 01", static (w, v) => w.WriteUInt64(v), static (ref r) => r.ReadUInt64());

    [Fact]
    public void Float() => Both(-6.5f, "00 00 D0 C0", static (w, v) => w.WriteFloat(v), static (ref r) => r.ReadFloat());

    [Fact]
    public void Double() => Both(1.0, "00 00 00 00 00 00 F0 3F", static (w, v) => w.WriteDouble(v), static (ref r) => r.ReadDouble());

    [Theory]
    [InlineData("水Boy", """
        06 00 00 00         // bytes, not characters
        E6 B0 B4            // 水
        42 6F 79            // Boy
        """)]
    [InlineData("", "00 00 00 00")]
    [InlineData(null, "FF FF FF FF")]
    public void String(string? text, string bytes) => Both(text, bytes, static (w, v) => w.WriteString(v), static (ref r) => r.ReadString());

    [Fact]
    public void DateTime() => Both(Millennium, "00 40 6D 25 EB 53 BF 01", static (w, v) => w.WriteDateTime(v), static (ref r) => r.ReadDateTime());

    [Fact]
    public void Guid() => Both(SpecGuid, """
        91 2B 96 72         // Data1
        75 FA               // Data2
        E6 4A               // Data3
        8D 28 B4 04 DC 7D AF 63
        """, static (w, v) => w.WriteGuid(v), static (ref r) => r.ReadGuid());

    [Fact]
    public void ByteString_null_and_empty_stay_apart()
    {
        Assert.Null(Bytes.Read(Bytes.Of("FF FF FF FF"), static (ref r) => r.ReadByteString()));
        Assert.Equal([], Bytes.Read(Bytes.Of("00 00 00 00"), static (ref r) => r.ReadByteString())!);
        Assert.Equal("FFFFFFFF", Bytes.Hex(Bytes.Written(static w => w.WriteByteString(null))));
        Assert.Equal("00000000", Bytes.Hex(Bytes.Written(static w => w.WriteByteString([]))));
        Assert.Equal("020000000102", Bytes.Hex(Bytes.Written(static w => w.WriteByteString([1, 2]))));
    }

    public static TheoryData<string, string> NodeIds => new()
    {
        { "i=72", "00 48                                         // two bytes" },
        { "ns=5;i=1025", "01 05 01 04                            // four bytes" },
        { "i=256", "01 00 00 01                                  // too large for two" },
        { "ns=256;i=1", "02 00 01 01 00 00 00                    // namespace too large for four" },
        { "ns=5;i=65536", "02 05 00 00 00 01 00                  // identifier too large for four" },
        { "ns=1;s=Hot水", "03 01 00 06 00 00 00 48 6F 74 E6 B0 B4 // string" },
        { "ns=2;g=72962b91-fa75-4ae6-8d28-b404dc7daf63", "04 02 00 91 2B 96 72 75 FA E6 4A 8D 28 B4 04 DC 7D AF 63" },
        { "ns=3;b=AQID", "05 03 00 03 00 00 00 01 02 03          // opaque" },
    };

    [Theory, MemberData(nameof(NodeIds))]
    public void NodeId(string text, string bytes) =>
        Both(OpcUa.Types.NodeId.Parse(text), bytes, static (w, v) => w.WriteNodeId(v), static (ref r) => r.ReadNodeId());

    [Theory]
    [InlineData("nsu=urn:x;i=72", """
        80 48               // two bytes, with a namespace URI
        05 00 00 00 75 72 6E 3A 78
        """)]
    [InlineData("svr=3;ns=1;s=A", """
        43 01 00 01 00 00 00 41
        03 00 00 00         // server index
        """)]
    [InlineData("svr=1;nsu=urn:x;s=A", """
        C3 00 00 01 00 00 00 41
        05 00 00 00 75 72 6E 3A 78
        01 00 00 00
        """)]
    [InlineData("i=85", "00 55")]
    public void ExpandedNodeId(string text, string bytes) =>
        Both(OpcUa.Types.ExpandedNodeId.Parse(text), bytes, static (w, v) => w.WriteExpandedNodeId(v), static (ref r) => r.ReadExpandedNodeId());

    [Fact]
    public void StatusCode() => Both(new StatusCode(StatusCodes.BadNodeIdUnknown), "00 00 34 80", static (w, v) => w.WriteStatusCode(v), static (ref r) => r.ReadStatusCode());

    [Fact]
    public void QualifiedName() => Both(new QualifiedName(2, "A"), "02 00 01 00 00 00 41", static (w, v) => w.WriteQualifiedName(v), static (ref r) => r.ReadQualifiedName());

    [Theory]
    [InlineData(null, null, "00")]
    [InlineData(null, "A", "02 01 00 00 00 41")]
    [InlineData("en", null, "01 02 00 00 00 65 6E")]
    [InlineData("en", "", "03 02 00 00 00 65 6E 00 00 00 00")]
    public void LocalizedText(string? locale, string? text, string bytes) =>
        Both(new LocalizedText(locale, text), bytes, static (w, v) => w.WriteLocalizedText(v), static (ref r) => r.ReadLocalizedText());

    [Fact]
    public void DiagnosticInfo() => Both(
        new DiagnosticInfo
        {
            SymbolicId = 1,
            NamespaceUri = 2,
            Locale = 3,
            LocalizedText = 4,
            AdditionalInfo = "A",
            InnerStatusCode = new StatusCode(StatusCodes.BadTimeout),
            InnerDiagnosticInfo = new DiagnosticInfo { SymbolicId = 5 },
        }, """
        7F                  // all fields
        01 00 00 00         // symbolic id
        02 00 00 00         // namespace URI
        03 00 00 00         // locale: before the text, though its bit comes after
        04 00 00 00         // localized text
        01 00 00 00 41      // additional info
        00 00 0A 80         // inner status
        01 05 00 00 00      // inner diagnostics
        """, static (w, v) => w.WriteDiagnosticInfo(v), static (ref r) => r.ReadDiagnosticInfo());

    [Fact]
    public void DiagnosticInfo_without_fields_is_null() => Both(null, "00", static (w, v) => w.WriteDiagnosticInfo(v), static (ref r) => r.ReadDiagnosticInfo());

    [Fact]
    public void DataValue() => Both(
        new DataValue(1.0, StatusCodes.UncertainInitialValue, Millennium, Millennium) { SourcePicoseconds = 1, ServerPicoseconds = 2 }, """
        3F                  // all fields
        0B 00 00 00 00 00 00 F0 3F
        00 00 92 40         // status
        00 40 6D 25 EB 53 BF 01
        01 00               // source picoseconds, before the server's time
        00 40 6D 25 EB 53 BF 01
        02 00
        """, static (w, v) => w.WriteDataValue(v), static (ref r) => r.ReadDataValue());

    [Fact]
    public void DataValue_good_and_without_times_is_its_value_alone() =>
        Both(new DataValue(true), "01 01 01", static (w, v) => w.WriteDataValue(v), static (ref r) => r.ReadDataValue());

    [Fact]
    public void DataValue_of_nothing_is_one_byte() => Both(default, "00", static (w, v) => w.WriteDataValue(v), static (ref r) => r.ReadDataValue());

    [Fact]
    public void DataValue_treats_more_than_9999_picoseconds_as_9999()
    {
        DataValue value = Bytes.Read(Bytes.Of("10 FF FF"), static (ref r) => r.ReadDataValue());
        Assert.Equal(9999, value.SourcePicoseconds);
    }

    private static void Both<T>(T value, string bytes, Action<UaBinaryWriter, T> write, ElementReader<T> read)
    {
        byte[] expected = Bytes.Of(bytes);
        Assert.Equal(Bytes.Hex(expected), Bytes.Hex(Bytes.Written(w => write(w, value))));
        Assert.Equal(value, Bytes.Read(expected, read));
    }
}
