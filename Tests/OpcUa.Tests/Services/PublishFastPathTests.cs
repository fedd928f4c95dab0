using CsCheck;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Services;

public sealed class PublishFastPathTests
{
    private static readonly DateTime Now = new(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc);

    private static readonly Gen<MonitoredItemNotification[]> Items =
        Gen.Select(Gen.UInt, Generators.DataValues, (handle, value) => new MonitoredItemNotification { ClientHandle = handle, Value = value }).Array[0, 8];

    [Fact]
    public void Reader_agrees_with_the_generic_path() => Gen.Select(Items, Items, Gen.UInt.Array[0, 3], Gen.Bool).Sample((first, second, available, withEvent) =>
    {
        byte[] message = Generic(first, second, available, withEvent);
        var generic = (PublishResponse)ServiceMessages.DecodeResponse(message);
        var fast = new PublishResponseReader();
        Assert.True(fast.TryRead(message));

        Assert.Equal(generic.ResponseHeader.RequestHandle, fast.RequestHandle);
        Assert.Equal(generic.SubscriptionId, fast.SubscriptionId);
        Assert.Equal(generic.AvailableSequenceNumbers, fast.AvailableSequenceNumbers.ToArray());
        Assert.Equal(generic.MoreNotifications, fast.MoreNotifications);
        Assert.Equal(generic.NotificationMessage.SequenceNumber, fast.SequenceNumber);
        Assert.Equal(generic.NotificationMessage.PublishTime, fast.PublishTime);
        Assert.Equal(generic.Results, fast.Results.ToArray());
        Assert.Equal(Encoded([.. first, .. second]), Encoded(fast.Items.ToArray()));
        Assert.Equal(withEvent ? 1 : 0, fast.Others.Count);
    }, iter: 500);

    [Fact]
    public void Writer_agrees_with_the_generic_path() => Gen.Select(Items, Gen.UInt.Array[0, 3]).Sample((items, available) =>
    {
        var response = new PublishResponse
        {
            ResponseHeader = new ResponseHeader { RequestHandle = 7, Timestamp = Now },
            SubscriptionId = 3,
            AvailableSequenceNumbers = available,
            MoreNotifications = true,
            NotificationMessage = new NotificationMessage
            {
                SequenceNumber = 9,
                PublishTime = Now,
                NotificationData = items.Length == 0 ? [] : [new ExtensionObject(new DataChangeNotification { MonitoredItems = items })],
            },
            Results = [StatusCodes.Good, StatusCodes.BadSequenceNumberUnknown],
        };
        byte[] notification = Bytes.Written(w => WriteDataChange(w, 9, Now, items));
        byte[] fast = Bytes.Written(w => NotificationWriter.PublishResponse(w, response.ResponseHeader, 3, available, true, notification, response.Results));
        Assert.Equal(Bytes.Hex(Bytes.Written(w => ServiceMessages.Encode(w, response))), Bytes.Hex(fast));

        byte[] again = Bytes.Written(w => NotificationWriter.RepublishResponse(w, response.ResponseHeader, notification));
        var republish = new RepublishResponse { ResponseHeader = response.ResponseHeader, NotificationMessage = response.NotificationMessage };
        Assert.Equal(Bytes.Hex(Bytes.Written(w => ServiceMessages.Encode(w, republish))), Bytes.Hex(again));
    }, iter: 500);

    [Fact]
    public void Foreign_response_is_read()
    {
        var reader = new PublishResponseReader();
        Assert.True(reader.TryRead(StructureVector.Of("PublishResponse").Message));
        Assert.True(reader.TryRead(StructureVector.Of("RepublishResponse").Message));
        Assert.False(reader.TryRead(StructureVector.Of("ServiceFault").Message));
    }

    [Fact]
    public void Damaged_response_is_read_or_refused()
    {
        byte[] whole = Generic([Item(1, 1.5), Item(2, "A")], [Item(3, true)], [1, 2], withEvent: true);
        var reader = new PublishResponseReader();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            byte[] copy = [.. whole];
            foreach ((int at, byte value) in changes) copy[at] = value;
            bool fast = Accepts(() => reader.TryRead(copy));
            return fast == Accepts(() => ServiceMessages.DecodeResponse(copy) is PublishResponse);
        }, iter: 20_000, threads: 1);
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            Assert.Throws<UaException>(() => reader.TryRead(cut));
        }
    }

    [Fact]
    public void Steady_state_of_scalar_values_allocates_nothing()
    {
        MonitoredItemNotification[] items =
        [
            .. Enumerable.Range(0, 1_000).Select(i => Item((uint)i, (i % 6) switch
            {
                0 => (double)i, 1 => i % 4 == 1, 2 => i, 3 => (float)i, 4 => Now, _ => new Variant(new StatusCode(StatusCodes.BadTimeout)),
            })),
        ];
        uint[] available = [1, 2, 3];
        StatusCode[] results = [StatusCodes.Good];
        using var notification = new UaBinaryWriter();
        using var message = new UaBinaryWriter();
        var header = new ResponseHeader { RequestHandle = 1, Timestamp = Now };
        var reader = new PublishResponseReader();
        for (int i = 0; i < 10; i++) RoundTrip((uint)i);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) RoundTrip((uint)i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1_000, reader.Items.Length);

        void RoundTrip(uint sequenceNumber)
        {
            notification.Reset();
            WriteDataChange(notification, sequenceNumber, Now, items);
            message.Reset();
            NotificationWriter.PublishResponse(message, header, 1, available, false, notification.WrittenSpan, results);
            if (!reader.TryRead(message.WrittenSpan)) throw new InvalidOperationException("No Publish response.");
        }
    }

    [Fact]
    public void Keep_alive_has_neither_values_nor_anything_else()
    {
        byte[] notification = Bytes.Written(static w => WriteDataChange(w, 5, Now, []));
        byte[] message = Bytes.Written(w => NotificationWriter.PublishResponse(w, new ResponseHeader(), 1, [], false, notification, []));
        var reader = new PublishResponseReader();
        Assert.True(reader.TryRead(message));
        Assert.True(reader.IsKeepAlive);
        Assert.Equal(5u, reader.SequenceNumber);
    }

    [Fact]
    public void Cleared_reader_holds_no_values()
    {
        var reader = new PublishResponseReader();
        Assert.True(reader.TryRead(Generic([Item(1, "A")], [], [1], withEvent: true)));
        reader.Clear();
        Assert.True(reader.Items.IsEmpty);
        Assert.Empty(reader.Others);
        Assert.True(reader.AvailableSequenceNumbers.IsEmpty);
    }

    private static void WriteDataChange(UaBinaryWriter writer, uint sequenceNumber, DateTime publishTime, MonitoredItemNotification[] items)
    {
        if (items.Length == 0)
        {
            NotificationWriter.KeepAlive(writer, sequenceNumber, publishTime);
            return;
        }
        (int, int) opened = NotificationWriter.BeginDataChange(writer, sequenceNumber, publishTime);
        foreach (MonitoredItemNotification item in items) item.Encode(writer);
        NotificationWriter.EndDataChange(writer, opened, items.Length);
    }

    private static MonitoredItemNotification Item(uint handle, Variant value) => new() { ClientHandle = handle, Value = new DataValue(value, StatusCodes.Good, Now, Now) };

    private static byte[] Generic(MonitoredItemNotification[] first, MonitoredItemNotification[] second, uint[] available, bool withEvent)
    {
        List<ExtensionObject?> data = [new ExtensionObject(new DataChangeNotification { MonitoredItems = first })];
        if (withEvent) data.Add(new ExtensionObject(new StatusChangeNotification { Status = StatusCodes.GoodSubscriptionTransferred }));
        data.Add(new ExtensionObject(new DataChangeNotification { MonitoredItems = second }));
        return Bytes.Written(w => ServiceMessages.Encode(w, new PublishResponse
        {
            ResponseHeader = new ResponseHeader { RequestHandle = 7, Timestamp = Now },
            SubscriptionId = 3,
            AvailableSequenceNumbers = available,
            MoreNotifications = true,
            NotificationMessage = new NotificationMessage { SequenceNumber = 9, PublishTime = Now, NotificationData = [.. data] },
            Results = [StatusCodes.Good],
        }));
    }

    private static string Encoded(MonitoredItemNotification[] items) => Bytes.Hex(Bytes.Written(w => w.WriteArray(items)));

    private static bool Accepts(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (UaException)
        {
            return false;
        }
    }
}
