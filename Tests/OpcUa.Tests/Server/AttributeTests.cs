using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Attributes;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Read, Write and HistoryRead (Part 4 §5.10).</summary>
public sealed class AttributeTests
{
    [Fact]
    public async Task Attributes_are_read_each_in_its_type()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", 1.5, options => options with { Description = new LocalizedText("en", "A tag"), HistoryCapacity = 4 });
        ServiceClient client = await rig.SignInAsync();
        Assert.Equal(tag.NodeId, (await client.ReadAsync(tag.NodeId, AttributeIds.NodeId)).Value.Get<NodeId>());
        Assert.Equal((int)NodeClass.Variable, (await client.ReadAsync(tag.NodeId, AttributeIds.NodeClass)).Value.Get<int>());
        Assert.Equal(new QualifiedName(rig.Namespace, "Tag"), (await client.ReadAsync(tag.NodeId, AttributeIds.BrowseName)).Value.Get<QualifiedName>());
        Assert.Equal("A tag", (await client.ReadAsync(tag.NodeId, AttributeIds.Description)).Value.Get<LocalizedText>().Text);
        Assert.Equal(DataTypeIds.Double, (await client.ReadAsync(tag.NodeId, AttributeIds.DataType)).Value.Get<NodeId>());
        Assert.Equal(-1, (await client.ReadAsync(tag.NodeId, AttributeIds.ValueRank)).Value.Get<int>());
        Assert.Equal((byte)(AccessLevels.CurrentRead | AccessLevels.HistoryRead), (await client.ReadAsync(tag.NodeId, AttributeIds.AccessLevel)).Value.Get<byte>());
        Assert.Equal(StatusCodes.BadAttributeIdInvalid, (await client.ReadAsync(tag.NodeId, AttributeIds.InverseName)).Status);
        Assert.Equal(StatusCodes.BadAttributeIdInvalid, (await client.ReadAsync(tag.NodeId, 1000)).Status);
        Assert.Equal("OrganizedBy", (await client.ReadAsync(ReferenceTypeIds.Organizes, AttributeIds.InverseName)).Value.Get<LocalizedText>().Text);
        Assert.True((await client.ReadAsync(DataTypeIds.Number, AttributeIds.IsAbstract)).Value.Get<bool>());
        DataValue value = await client.ReadAsync(tag.NodeId);
        Assert.Equal(1.5, value.Value.Get<double>());
        Assert.NotEqual(default, value.SourceTimestamp);
        Assert.Equal(StatusCodes.BadMaxAgeInvalid, await client.FaultAsync(new ReadRequest { MaxAge = -1, NodesToRead = [new()] }));
        Assert.Equal(StatusCodes.BadTimestampsToReturnInvalid, await client.FaultAsync(new ReadRequest { TimestampsToReturn = (TimestampsToReturn)9, NodesToRead = [new()] }));
    }

    [Fact]
    public async Task Server_status_is_live()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var rig = await ServerRig.StartAsync(time: time);
        ServiceClient client = await rig.SignInAsync();
        time.Advance(TimeSpan.FromSeconds(3));
        rig.Server.Faults.SetServerState(ServerState.Suspended);
        rig.Server.Faults.ServiceLevel = 17;
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 3, DateTimeKind.Utc), (await client.ReadAsync(VariableIds.Server_ServerStatus_CurrentTime)).Value.Get<DateTime>());
        var status = Assert.IsType<ServerStatusDataType>((await client.ReadAsync(VariableIds.Server_ServerStatus)).Value.Get<ExtensionObject>()!.Body);
        Assert.Equal((ServerState.Suspended, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc)), (status.State, status.StartTime));
        Assert.Equal((byte)17, (await client.ReadAsync(VariableIds.Server_ServiceLevel)).Value.Get<byte>());
        Assert.Equal("[http://opcfoundation.org/UA/, urn:test:server, urn:test:plant]", (await client.ReadAsync(VariableIds.Server_NamespaceArray)).Value.ToString());
        Assert.Equal(1u, (await client.ReadAsync(2277u)).Value.Get<uint>());
    }

    [Theory]
    [InlineData("0", "[1]")]
    [InlineData("1:2", "[2, 3]")]
    [InlineData("3:99", "[4]")]
    [InlineData("4", null)]
    public async Task Index_range_cuts_an_array(string range, string? expected)
    {
        await using var rig = await ServerRig.StartAsync();
        NodeId array = AddArray(rig);
        ServiceClient client = await rig.SignInAsync();
        DataValue part = await client.ReadAsync(array, range: range);
        if (expected is null) Assert.Equal(StatusCodes.BadIndexRangeNoData, part.Status);
        else Assert.Equal(expected, part.Value.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0:1")]
    [InlineData("0:1,2:3")]
    public void Numeric_range_is_read(string text) => Assert.True(NumericRange.TryParse(text, out _));

    [Theory]
    [InlineData("-1")]
    [InlineData("1:1")]
    [InlineData("2:1")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("1:2:3")]
    [InlineData(" 1")]
    [InlineData("+1")]
    [InlineData("1,")]
    [InlineData("2147483647")]
    [InlineData("99999999999")]
    [InlineData("0,0,0,0,0,0,0,0,0")]
    public void Numeric_range_that_is_none_is_refused(string text) => Assert.False(NumericRange.TryParse(text, out _));

    [Fact]
    public void Numeric_range_cuts_matrices_strings_and_bytes()
    {
        var matrix = Variant.FromArray([1, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal("[4, 5]", Cut("1,0:1", matrix).ToString());
        Assert.Equal([1, 2], Cut("1,0:1", matrix).Dimensions.ToArray());
        Assert.Equal("[2, 3, 5, 6]", Cut("0:1,1:2", matrix).ToString());
        Assert.Equal("el", Cut("1:2", "hello").Get<string>());
        Assert.Equal("0203", Cut("1:2", new Variant([1, 2, 3, 4])).ToString());
        Assert.True(Cut("1:2", 1.0).IsNull);
        Assert.True(Cut("1:2", matrix).IsNull);

        static Variant Cut(string text, Variant whole)
        {
            Assert.True(NumericRange.TryParse(text, out NumericRange range));
            range.TryCut(in whole, out Variant part);
            return part;
        }
    }

    [Fact]
    public async Task Write_checks_access_type_and_handler()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode fixedTag = rig.Double("Fixed"), set = rig.Double("Set", change: options => options with
        {
            Writable = true,
            OnWrite = (context, value) => value.Value.Get<double>() switch
            {
                < 0 => StatusCodes.BadOutOfRange,
                > 100 => throw new InvalidOperationException("a secret of ours"),
                _ => context.SessionName == "test" ? StatusCodes.Good : StatusCodes.BadUserAccessDenied,
            },
        });
        ServiceClient client = await rig.SignInAsync();
        Assert.Equal(StatusCodes.BadNotWritable, await client.WriteAsync(fixedTag.NodeId, new DataValue(1.0)));
        Assert.Equal(StatusCodes.Good, await client.WriteAsync(set.NodeId, new DataValue(5.0)));
        Assert.Equal(5.0, set.Value.Value.Get<double>());
        Assert.Equal(StatusCodes.BadTypeMismatch, await client.WriteAsync(set.NodeId, new DataValue(5)));
        Assert.Equal(StatusCodes.BadTypeMismatch, await client.WriteAsync(set.NodeId, new DataValue(Variant.FromArray(new[] { 5.0 }))));
        Assert.Equal(StatusCodes.BadTypeMismatch, await client.WriteAsync(set.NodeId, default));
        Assert.Equal(StatusCodes.BadOutOfRange, await client.WriteAsync(set.NodeId, new DataValue(-5.0)));
        Assert.Equal(StatusCodes.BadInternalError, await client.WriteAsync(set.NodeId, new DataValue(500.0)));
        Assert.Equal(StatusCodes.BadWriteNotSupported, await client.WriteAsync(set.NodeId, new DataValue(6.0, StatusCodes.UncertainInitialValue)));
        Assert.Equal(StatusCodes.BadNotWritable, await client.WriteAsync(set.NodeId, new DataValue("x"), AttributeIds.DisplayName));
        Assert.Equal(StatusCodes.BadNotWritable, await client.WriteAsync(VariableIds.Server_ServiceLevel, new DataValue((byte)1)));
        Assert.Equal(5.0, set.Value.Value.Get<double>());
        Assert.Contains(rig.Events, happened => happened.Kind == UaServerEventKind.HandlerFailed);
    }

    [Fact]
    public async Task Write_of_a_range_replaces_exactly_that()
    {
        await using var rig = await ServerRig.StartAsync();
        NodeId array = AddArray(rig);
        ServiceClient client = await rig.SignInAsync();
        Assert.Equal(StatusCodes.Good, await client.WriteAsync(array, new DataValue(Variant.FromArray([8, 9])), range: "1:2"));
        Assert.Equal("[1, 8, 9, 4]", (await client.ReadAsync(array)).Value.ToString());
        Assert.Equal(StatusCodes.BadIndexRangeNoData, await client.WriteAsync(array, new DataValue(Variant.FromArray([8, 9])), range: "3:4"));
        Assert.Equal(StatusCodes.BadIndexRangeInvalid, await client.WriteAsync(array, new DataValue(Variant.FromArray([8, 9])), range: "x"));
    }

    [Fact]
    public async Task History_is_read_in_either_direction_with_bounds_and_pages()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag", change: options => options with { InitialValue = null, HistoryCapacity = 8 });
        DateTime start = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        for (int i = 0; i < 10; i++) tag.SetValue(new DataValue((double)i, default, start.AddSeconds(i)));
        ServiceClient client = await rig.SignInAsync();
        async Task<(HistoryReadResult Result, string Values)> Read(int? from, int? to, uint most = 0, bool bounds = false, byte[]? point = null, NodeId? node = null)
        {
            var response = await client.SendAsync<HistoryReadResponse>(new HistoryReadRequest
            {
                HistoryReadDetails = new ExtensionObject(new ReadRawModifiedDetails
                {
                    StartTime = from is { } f ? start.AddSeconds(f) : default,
                    EndTime = to is { } t ? start.AddSeconds(t) : default,
                    NumValuesPerNode = most,
                    ReturnBounds = bounds,
                }),
                TimestampsToReturn = TimestampsToReturn.Source,
                NodesToRead = [new HistoryReadValueId { NodeId = node ?? tag.NodeId, ContinuationPoint = point }],
            });
            HistoryReadResult result = response.Results[0];
            string values = string.Join(' ', (result.HistoryData?.Body as HistoryData)?.DataValues.Select(value => value.Status.IsBad ? "-" : value.Value.ToString()) ?? []);
            return (result, values);
        }

        Assert.Equal("2 3 4 5 6 7 8 9", (await Read(0, 100)).Values);
        Assert.Equal("4 5 6", (await Read(4, 7)).Values);
        Assert.Equal("7 6 5", (await Read(7, 4)).Values);
        Assert.Equal("4 5 6 7", (await Read(4, 7, bounds: true)).Values);
        Assert.Equal("- 2 3 4", (await Read(1, 4, bounds: true)).Values);
        Assert.Equal("8 9 -", (await Read(8, 20, bounds: true)).Values);
        Assert.Equal("5 6", (await Read(5, null, most: 2)).Values);
        Assert.Equal("5 4", (await Read(null, 5, most: 2)).Values);
        Assert.Equal(StatusCodes.GoodNoData, (await Read(50, 60)).Result.StatusCode);
        Assert.Equal(StatusCodes.BadInvalidTimestampArgument, (await Read(5, null)).Result.StatusCode);
        Assert.Equal(StatusCodes.BadHistoryOperationUnsupported, (await Read(0, 9, node: rig.Double("Other").NodeId)).Result.StatusCode);

        var page = await Read(0, 100, most: 3);
        string all = page.Values;
        while (page.Result.ContinuationPoint is { } point)
        {
            page = await Read(0, 100, most: 3, point: point);
            all += " " + page.Values;
        }
        Assert.Equal("2 3 4 5 6 7 8 9", all);
        Assert.Equal(StatusCodes.BadContinuationPointInvalid, (await Read(0, 100, point: [1, 2, 3, 4, 5, 6, 7, 8])).Result.StatusCode);
    }

    private static NodeId AddArray(ServerRig rig) => rig.Server.AddressSpace.AddVariable(rig.Plant, rig.Id("Array"), "Array", new VariableOptions
    {
        DataType = DataTypeIds.Int32,
        ValueRank = ValueRanks.OneDimension,
        InitialValue = new DataValue(Variant.FromArray([1, 2, 3, 4])),
        Writable = true,
    }).NodeId;
}
