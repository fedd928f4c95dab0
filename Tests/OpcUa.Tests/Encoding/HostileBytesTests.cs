using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Encoding;

/// <summary>What a peer may send to hurt: each is refused before memory or stack is spent on it.</summary>
[Collection(nameof(Alone))]
public sealed class HostileBytesTests
{
    [Theory]
    [InlineData("FE FF FF FF")]
    [InlineData("00 00 00 80")]
    [Hostile(5)]
    [Trait("Clause", "Part 6 §5.2.5 arrays")]
    public void Negative_length_other_than_minus_one_is_refused(string length)
    {
        Refused(StatusCodes.BadDecodingError, length, static (ref r) => r.ReadString());
        Refused(StatusCodes.BadDecodingError, length, static (ref r) => r.ReadByteString());
        Refused(StatusCodes.BadDecodingError, length, static (ref r) => r.ReadStringArray());
        Refused(StatusCodes.BadDecodingError, "86" + length, static (ref r) => r.ReadVariant());
        Refused(StatusCodes.BadDecodingError, "00 01 01" + length, static (ref r) => r.ReadExtensionObject());
    }

    [Theory]
    [InlineData("FF FF FF 7F 00")]
    [InlineData("02 00 00 00 00 00 00 00 00 00 00")]
    [Hostile(5)]
    [Trait("Clause", "Part 6 §5.2.5 arrays")]
    public void Count_beyond_the_bytes_left_is_refused_before_allocating(string bytes)
    {
        byte[] input = Bytes.Of(bytes);
        Refused(StatusCodes.BadDecodingError, input, static (ref r) => r.ReadArray<EndpointDescription>());
        Refused(StatusCodes.BadDecodingError, input, static (ref r) => r.ReadNullableArray(8, static (ref e) => e.ReadDouble()));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(StatusCodes.BadDecodingError, input, static (ref r) => r.ReadStringArray());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    [Hostile(5)]
    public void Array_that_would_expand_far_beyond_its_message_is_refused()
    {
        // A million empty DataValues are a million bytes here and over fifty in memory.
        var bytes = new byte[1_000_005];
        bytes[0] = 0x97;
        BitConverter.TryWriteBytes(bytes.AsSpan(1), 1_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(StatusCodes.BadEncodingLimitsExceeded, bytes, static (ref r) => r.ReadVariant());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    [InlineData(10_000, false)]
    [Hostile(6)]
    [Trait("Clause", "Part 6 §5.2.2.16 nesting")]
    public void Variants_nest_to_a_hundred(int depth, bool accepted)
    {
        byte[] bytes = [.. Enumerable.Repeat(Bytes.Of("98 01 00 00 00"), depth - 1).SelectMany(b => b), 0x01, 0x01];
        if (accepted) Bytes.Read(bytes, static (ref r) => r.ReadVariant());
        else Refused(StatusCodes.BadEncodingLimitsExceeded, bytes, static (ref r) => r.ReadVariant());
    }

    [Fact]
    [Hostile(6)]
    [Trait("Clause", "Part 6 §5.2.2.16 nesting")]
    public void Data_values_in_variants_nest_to_a_hundred() =>
        Refused(StatusCodes.BadEncodingLimitsExceeded, [.. Enumerable.Repeat(Bytes.Of("17 01"), 5_000).SelectMany(b => b), 0x00], static (ref r) => r.ReadVariant());

    [Fact]
    [Hostile(6)]
    [Trait("Clause", "Part 6 §5.2.2.16 nesting")]
    public void Extension_objects_nest_to_a_hundred()
    {
        // LiteralOperand holds a Variant, which holds an ExtensionObject, which holds a LiteralOperand.
        byte[] bytes = [0x00];
        for (int depth = 0; depth < 1_000; depth++)
            bytes = [0x16, .. Bytes.Of("01 00 55 02 01"), .. BitConverter.GetBytes(bytes.Length), .. bytes];
        Refused(StatusCodes.BadEncodingLimitsExceeded, bytes, static (ref r) => r.ReadVariant());
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    [InlineData(10_000, false)]
    [Hostile(7)]
    [Trait("Clause", "Part 6 §5.2.2.12 nesting")]
    public void Diagnostics_nest_to_ten(int depth, bool accepted)
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)0x40, depth - 1), 0x01, 0, 0, 0, 0];
        if (accepted) Bytes.Read(bytes, static (ref r) => r.ReadDiagnosticInfo());
        else Refused(StatusCodes.BadEncodingLimitsExceeded, bytes, static (ref r) => r.ReadDiagnosticInfo());
    }

    [Theory]
    [InlineData("02 00 00 00 41 00")]                 // NUL
    [InlineData("01 00 00 00 80")]                    // a continuation byte alone
    [InlineData("02 00 00 00 C0 80")]                 // NUL, overlong
    [InlineData("03 00 00 00 ED A0 80")]              // a lone surrogate
    [InlineData("04 00 00 00 F4 90 80 80")]           // beyond the last code point
    [InlineData("02 00 00 00 E6 B0")]                 // cut inside a character
    [Hostile(8)]
    [Trait("Clause", "Part 6 §5.2.2.4 strings")]
    public void Malformed_strings_are_refused(string bytes) =>
        Refused(StatusCodes.BadDecodingError, bytes, static (ref r) => r.ReadString());

    [Theory]
    [InlineData("05 00 00 00 41 42 00 00 00", "AB")]  // a STRING[5] of a controller
    [InlineData("02 00 00 00 00 00", "")]
    [InlineData("00 00 00 00", "")]
    [InlineData("FF FF FF FF", null)]
    [Hostile(8)]
    public void Padding_at_the_end_of_a_string_is_cut_in_responses(string bytes, string? text) =>
        Assert.Equal(text, Bytes.Read(Bytes.Of(bytes), static (ref r) => r.ReadString(), DecodingLimits.Response));

    [Fact]
    [Hostile(8)]
    [Trait("Clause", "Part 6 §5.2.2.4 strings")]
    public void Nul_inside_a_string_is_refused_in_responses_too()
    {
        byte[] bytes = Bytes.Of("04 00 00 00 41 00 42 00");
        var error = Assert.Throws<UaException>(() => Bytes.Read(bytes, static (ref r) => r.ReadString(), DecodingLimits.Response));
        Assert.Equal<uint>(StatusCodes.BadDecodingError, error.Status.Value);
    }

    [Fact]
    [Trait("Clause", "Part 6 §5.2.2.4 strings")]
    public void Strings_beyond_the_limit_are_refused() =>
        Refused(StatusCodes.BadEncodingLimitsExceeded, [0x01, 0x00, 0x01, 0x00, .. new byte[65_537]], static (ref r) => r.ReadString());

    [Theory]
    [InlineData("C6 02 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00 02 00 00 00 02 00 00 00")]             // 2 × 2 of 2
    [InlineData("C6 01 00 00 00 01 00 00 00 02 00 00 00 FF FF FF FF FF FF FF FF")]                         // −1 × −1
    [InlineData("C6 00 00 00 00 02 00 00 00 00 00 01 00 00 00 01 00")]                                     // 65,536 × 65,536 wraps to 0
    [InlineData("C6 01 00 00 00 01 00 00 00 02 00 00 00 01 00 00 80 01 00 00 80")]                         // negative
    [InlineData("C6 FF FF FF FF 01 00 00 00 01 00 00 00")]                                                 // of a null array
    [InlineData("46 01 00 00 00")]                                                                         // of a scalar
    [Hostile(9)]
    [Trait("Clause", "Part 6 §5.2.2.16 dimensions")]
    public void Dimensions_that_do_not_fit_are_refused(string bytes) =>
        Refused(StatusCodes.BadDecodingError, bytes, static (ref r) => r.ReadVariant());

    [Theory]
    [InlineData("01 00 76 03 01 0F 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 F0 3F")]             // one too short
    [InlineData("01 00 76 03 01 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 F0 3F 00")]          // one too long
    [InlineData("01 00 76 03 01 FF 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 F0 3F")]             // beyond the message
    [InlineData("01 00 76 03 03 00 00 00 00")]                                                             // no such encoding
    [Hostile(10)]
    [Trait("Clause", "Part 6 §5.2.2.15 unknown")]
    public void Extension_object_of_another_length_is_refused(string bytes) =>
        Refused(StatusCodes.BadDecodingError, bytes, static (ref r) => r.ReadExtensionObject());

    [Theory]
    [InlineData("18 01 01")]                          // Variant in a Variant
    [InlineData("20")]                                // type 32
    [InlineData("80 00 00 00 00")]                    // array of no type
    public void Types_that_do_not_exist_are_refused(string bytes) =>
        Refused(StatusCodes.BadDecodingError, bytes, static (ref r) => r.ReadVariant());

    [Theory]
    [InlineData("06 00 00")]
    [InlineData("3F 00 00")]
    public void Node_id_of_unknown_form_is_refused(string bytes)
    {
        Refused(StatusCodes.BadDecodingError, bytes, static (ref r) => r.ReadNodeId());
        Refused(StatusCodes.BadDecodingError, bytes, static (ref r) => r.ReadExpandedNodeId());
    }

    [Theory]
    [InlineData(long.MinValue, true)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(long.MaxValue, false)]
    [InlineData(long.MaxValue - 1, false)]
    [InlineData(2_650_467_743_990_000_000, false)]    // 9999-12-31T23:59:59Z
    [Hostile(11)]
    public void Times_beyond_the_range_are_clamped(long ticks, bool low)
    {
        DateTime time = Bytes.Read(BitConverter.GetBytes(ticks), static (ref r) => r.ReadDateTime());
        Assert.Equal(low ? DateTime.MinValue : DateTime.MaxValue, time);
        Assert.Equal(DateTimeKind.Utc, time.Kind);
        Assert.Equal(low ? 0 : long.MaxValue, BitConverter.ToInt64(Bytes.Written(w => w.WriteDateTime(time))));
    }

    [Theory]
    [InlineData("41 01 01")]
    [InlineData("81 01 01")]
    [InlineData("C0")]
    public void Data_value_with_unknown_fields_is_refused(string bytes) =>
        Refused(StatusCodes.BadDecodingError, bytes, static (ref r) => r.ReadDataValue());

    [Fact]
    [Hostile(11)]
    public void Enumeration_that_does_not_exist_keeps_its_number()
    {
        byte[] bytes = Bytes.Written(static w => w.WriteInt32(-77));
        BrowseDirection direction = Bytes.Read(bytes, static (ref r) => (BrowseDirection)r.ReadInt32());
        Assert.False(Enum.IsDefined(direction));
    }

    [Fact]
    public void Message_with_bytes_after_its_end_is_refused()
    {
        byte[] bytes = [.. Bytes.Written(static w => ServiceMessages.Encode(w, new CloseSessionRequest())), 0];
        var error = Assert.Throws<UaException>(() => ServiceMessages.DecodeRequest(bytes));
        Assert.Equal<uint>(StatusCodes.BadDecodingError, error.Status.Value);
    }

    [Fact]
    public void Response_is_no_request_and_a_request_no_response()
    {
        byte[] response = Bytes.Written(static w => ServiceMessages.Encode(w, new ReadResponse()));
        Assert.Equal<uint>(StatusCodes.BadServiceUnsupported, Assert.Throws<UaException>(() => ServiceMessages.DecodeRequest(response)).Status.Value);
        byte[] request = Bytes.Written(static w => ServiceMessages.Encode(w, new ReadRequest()));
        Assert.Equal<uint>(StatusCodes.BadUnknownResponse, Assert.Throws<UaException>(() => ServiceMessages.DecodeResponse(request)).Status.Value);
    }

    [Fact]
    public void Outgoing_string_that_no_peer_could_decode_is_refused()
    {
        Assert.Equal<uint>(StatusCodes.BadEncodingError, Assert.Throws<UaException>(() => Bytes.Written(static w => w.WriteString("a\0"))).Status.Value);
        Assert.Equal<uint>(StatusCodes.BadEncodingError, Assert.Throws<UaException>(() => Bytes.Written(static w => w.WriteString("\uD800"))).Status.Value);
    }

    [Fact]
    public void Outgoing_message_beyond_its_limit_is_refused()
    {
        using var writer = new UaBinaryWriter(maxSize: 100);
        var error = Assert.Throws<UaException>(() => writer.WriteByteString(new byte[5_000]));
        Assert.Equal<uint>(StatusCodes.BadEncodingLimitsExceeded, error.Status.Value);
    }

    private static void Refused<T>(uint status, string bytes, ElementReader<T> read) => Refused(status, Bytes.Of(bytes), read);

    private static void Refused<T>(uint status, byte[] bytes, ElementReader<T> read)
    {
        var error = Assert.Throws<UaException>(() => Bytes.Read(bytes, read));
        Assert.Equal(status, error.Status.Value);
    }
}
