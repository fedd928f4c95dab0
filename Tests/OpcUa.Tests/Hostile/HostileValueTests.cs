using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.Encoding;
using PatchEdge.OpcUa.Tests.SecureChannel;
using PatchEdge.OpcUa.Tests.Server;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>
/// Values that hurt whoever decodes them, over a socket to each end: our server in a Write request, our client in a Read response and
/// in a notification. The message is refused and counted, nobody else's is, and the connection goes on.
/// </summary>
[Collection(nameof(Alone))]
public sealed class HostileValueTests
{
    private static readonly Dictionary<string, byte[]> Values = new()
    {
        ["negative length"] = Bytes.Of("0C FE FF FF FF"),
        ["count beyond the message"] = Bytes.Of("8C FF FF FF 7F 00"),
        ["a million empty values"] = [0x97, .. BitConverter.GetBytes(1_000_000), .. new byte[1_000_000]],
        ["variants 10,000 deep"] = [.. Enumerable.Repeat(Bytes.Of("98 01 00 00 00"), 10_000).SelectMany(level => level), 0x01, 0x01],
        ["diagnostics 10,000 deep"] = [0x19, .. Enumerable.Repeat((byte)0x40, 10_000), 0x01, 0, 0, 0, 0],
        ["bytes that are no text"] = Bytes.Of("0C 04 00 00 00 53 FC 64 21"),         // Latin-1
        ["a lone surrogate"] = Bytes.Of("0C 03 00 00 00 ED A0 80"),
        ["NUL inside a text"] = Bytes.Of("0C 04 00 00 00 41 00 42 00"),
        ["dimensions that overflow"] = Bytes.Of("C6 00 00 00 00 02 00 00 00 00 00 01 00 00 00 01 00"),
        ["a structure of another length"] = Bytes.Of("16 01 00 76 03 01 0F 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 F0 3F"),
    };

    /// <summary>What neither side can make sense of, and the status that says so.</summary>
    public static TheoryData<string, uint> Refused => new()
    {
        { "negative length", StatusCodes.BadDecodingError },
        { "count beyond the message", StatusCodes.BadDecodingError },
        { "a million empty values", StatusCodes.BadEncodingLimitsExceeded },
        { "variants 10,000 deep", StatusCodes.BadEncodingLimitsExceeded },
        { "diagnostics 10,000 deep", StatusCodes.BadEncodingLimitsExceeded },
        { "dimensions that overflow", StatusCodes.BadDecodingError },
        { "a structure of another length", StatusCodes.BadDecodingError },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Refused))]
    [InlineData("bytes that are no text", StatusCodes.BadDecodingError)]
    [InlineData("a lone surrogate", StatusCodes.BadDecodingError)]
    [InlineData("NUL inside a text", StatusCodes.BadDecodingError)]
    [Hostile(5), Hostile(6), Hostile(7), Hostile(8), Hostile(9), Hostile(10)]
    public async Task Server_refuses_the_request_and_counts_it(string value, uint expected)
    {
        await using var rig = await ServerRig.StartAsync();
        var honest = await rig.SignInAsync();
        var before = await honest.RejectedRequestsAsync();
        using var peer = await RawPeer.OpenAsync(new Uri(rig.Server.BoundEndpointUrl).Port);
        var write = RawPeer.Encode(new WriteRequest { RequestHeader = new RequestHeader { RequestHandle = 7 }, NodesToWrite = [new WriteValue { NodeId = rig.Id("Tag"), AttributeId = AttributeIds.Value, Value = new DataValue((byte)0xAB) }] });

        await peer.SendMessageAsync((byte[])[.. write.AsSpan(0, write.Length - 2), .. Values[value]], 2);

        var fault = Assert.IsType<ServiceFault>(ServiceMessages.DecodeResponse((await peer.ReadMessageAsync()).Body)).ResponseHeader;
        Assert.Equal((7u, expected), (fault.RequestHandle, fault.ServiceResult.Value));
        Assert.Equal(before + 1, await honest.RejectedRequestsAsync());
        await peer.SendMessageAsync(RawPeer.Encode(new FindServersRequest()), 3);
        Assert.IsType<FindServersResponse>(ServiceMessages.DecodeResponse((await peer.ReadMessageAsync()).Body));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    [Hostile(5), Hostile(6), Hostile(7), Hostile(9), Hostile(10)]
    public async Task Client_refuses_the_response_or_notification_and_counts_it(string value, uint expected)
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        server.Script = ReadsAs(0xAB, 0xAC);
        server.Edit = (response, bytes) => response is ReadResponse or PublishResponse ? Replace(bytes, Values[value]) : bytes;

        var refused = await Assert.ThrowsAsync<UaException>(() => client.ReadValueAsync(85, Token));
        Assert.Equal(expected, refused.Status.Value);
        Assert.Equal(1, client.Counters.ResponsesDropped);

        // A notification that cannot be read is a missing number: asked for again, and reported as lost.
        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        await server.PublishAsync(1, 1, (0, 1));
        server.Edit = (_, bytes) => bytes;
        await server.PublishAsync(1, 2, (0, 2));
        Assert.Equal((1u, 1u), (await sink.NextAsync<LostNotifications>()) is var lost ? (lost.First, lost.Last) : default);
        await sink.ValueAsync(0, 2);
        Assert.Equal((2L, 1L), (client.Counters.ResponsesDropped, client.Counters.MessagesLost));
        Assert.Equal(UaClientState.Connected, client.State);
        Assert.Equal(0, client.Counters.Reconnects);
    }

    [Theory]
    [InlineData("bytes that are no text")]
    [InlineData("a lone surrogate")]
    [InlineData("NUL inside a text")]
    [Hostile(8)]
    public async Task Client_takes_text_that_is_none_for_a_bad_value_among_good_ones(string value)
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        server.Script = ReadsAs(0xAB, 0xAC);
        server.Edit = (response, bytes) => response is ReadResponse or PublishResponse ? Replace(bytes, Values[value]) : bytes;

        var values = await client.ReadAsync(new ReadValueId[] { new() { NodeId = 85 }, new() { NodeId = 86 } }, TimestampsToReturn.Neither, TimeSpan.Zero, Token);
        Assert.Equal([DataValue.FromStatus(StatusCodes.BadDecodingError), new DataValue((byte)0xAC)], values);
        Assert.Equal(1, client.Counters.MalformedValues);

        var sink = new RecordingSink();
        await using var subscription = await SubscribeAsync(client, sink);
        await server.PublishAsync(1, 1, (0, 1), (1, 5));
        var change = await sink.ValueAsync(1, 5);
        Assert.Equal(StatusCodes.BadDecodingError, change.Items[0].Value.Status.Value);
        Assert.Equal((2L, 0L, 0L), (client.Counters.MalformedValues, client.Counters.ResponsesDropped, client.Counters.MessagesLost));
    }

    [Fact]
    [Hostile(8)]
    public void Overflow_of_a_spoilt_value_is_still_seen()
    {
        // Text with a NUL inside, the overflow bit, and behind it a value that is well.
        var bytes = Bytes.Of("02 00 00 00 // two values\n 03 0C 03 00 00 00 41 00 42 80 04 00 00 // Good with overflow\n 01 03 07");
        var values = Bytes.Read(bytes, static (ref r) => r.ReadNullableArray(1, static (ref e) => e.ReadDataValue()), OpcUa.Encoding.DecodingLimits.Response)!;
        Assert.Equal(StatusCodes.BadDecodingError, values[0].Status.Code);
        Assert.True(values[0].Status.HasOverflow);
        Assert.True(values[0].Value.IsNull);
        Assert.Equal(new DataValue((byte)7), values[1]);
    }

    private static Func<IServiceRequest, IServiceResponse?> ReadsAs(params byte[] values) => request =>
        request is ReadRequest { NodesToRead: var nodes } ? new ReadResponse { Results = [.. nodes.Select((_, i) => new DataValue(values[i % values.Length]))] } : null;

    private static async Task<Subscription> SubscribeAsync(UaClient client, RecordingSink sink)
    {
        var subscription = await client.SubscribeAsync(new SubscriptionOptions { PublishingInterval = TimeSpan.FromMilliseconds(100), CompareDataTypes = false, KeepAliveCount = 600 }, sink, Token);
        await subscription.AddItemsAsync([.. Enumerable.Range(0, 2).Select(i => new MonitoredItemOptions { ClientHandle = (uint)i, NodeId = new NodeId(1000, 1) })], Token);
        return subscription;
    }

    /// <summary>Puts another value in the place of the first Byte 0xAB, or else of the first Double.</summary>
    private static byte[] Replace(byte[] message, byte[] value)
    {
        var at = message.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x01, 0x03, 0xAB]);
        if (at >= 0)
            return [.. message.AsSpan(0, at + 1), .. value, .. message.AsSpan(at + 3)];
        // Handle 0 and a DataValue with nothing but a Double; the notification's length is that of its fields.
        at = message.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 0, 0, 0, 0x01, 0x0B]) + 5;
        byte[] changed = [.. message.AsSpan(0, at), .. value, .. message.AsSpan(at + 9)];
        var length = message.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x01, 0x00, 0x2B, 0x03, 0x01]) + 5;
        BitConverter.TryWriteBytes(changed.AsSpan(length), BitConverter.ToInt32(changed, length) + value.Length - 9);
        return changed;
    }
}
