using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>What a notification message says about itself.</summary>
internal readonly record struct NotificationHead(uint SubscriptionId, uint SequenceNumber, DateTime PublishTime, bool IsKeepAlive, bool More);

/// <summary>Reads notification messages for one delivery loop, into memory that is used again for the next.</summary>
internal sealed class NotificationReader
{
    private readonly PublishResponseReader response = new();

    /// <summary>Values of the message read last; valid until the next is read.</summary>
    public ReadOnlyMemory<MonitoredItemNotification> Items => response.Items;

    /// <summary>The subscription's own state, when the message read last said that it changed.</summary>
    public StatusCode? StatusChange
    {
        get
        {
            foreach (var other in response.Others)
            {
                if (other.Body is StatusChangeNotification change)
                    return change.Status;
            }
            return null;
        }
    }

    /// <summary>The subscription that a Publish response is for and whether more wait at the server, without reading the rest.</summary>
    public static (uint SubscriptionId, bool More) ReadHead(ReadOnlySpan<byte> publishResponse)
    {
        var reader = new UaBinaryReader(publishResponse, DecodingLimits.Response);
        reader.ReadNodeId();
        var header = ResponseHeader.Decode(ref reader);
        if (header.ServiceResult.IsBad)
            throw new UaException(header.ServiceResult, "The server refused the call", "Publish");
        var subscriptionId = reader.ReadUInt32();
        reader.ReadUInt32Array();
        return (subscriptionId, reader.ReadBoolean());
    }

    /// <summary>Reads a Publish or Republish response; the latter does not name its subscription.</summary>
    public NotificationHead Read(ReadOnlySpan<byte> message)
    {
        if (!response.TryRead(message))
            throw new UaException(StatusCodes.BadUnknownResponse, "The answer is no notification message", "Publish", "Report it to the server's maker");
        if (response.ServiceResult.IsBad)
            throw new UaException(response.ServiceResult, "The server refused the call", "Publish");
        return new NotificationHead(response.SubscriptionId, response.SequenceNumber, response.PublishTime, response.IsKeepAlive, response.MoreNotifications);
    }

    /// <summary>Values of the message read last whose queue had overflowed.</summary>
    public int Overflows => response.Overflows;

    /// <summary>Values of the message read last that could not be decoded.</summary>
    public int MalformedValues => response.MalformedValues;

    /// <summary>Lets go of the values.</summary>
    public void Release() => response.Clear();
}
