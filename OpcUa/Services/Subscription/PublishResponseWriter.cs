using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>
/// Writes Publish and Republish responses without objects for them. A notification message is written once and kept as bytes, so that it can be
/// sent, and sent again, by copying.
/// </summary>
public static class PublishResponseWriter
{
    /// <summary>Writes the <see cref="NotificationMessage"/> of values; none make it a keep-alive.</summary>
    public static void WriteDataChange(UaBinaryWriter writer, uint sequenceNumber, DateTime publishTime, ReadOnlySpan<MonitoredItemNotification> items)
    {
        writer.WriteUInt32(sequenceNumber);
        writer.WriteDateTime(publishTime);
        writer.WriteInt32(items.IsEmpty ? 0 : 1);
        if (items.IsEmpty) return;

        writer.WriteNodeId(DataChangeNotification.BinaryEncodingId);
        writer.WriteByte(1);
        int start = writer.BeginLength();
        writer.WriteInt32(items.Length);
        foreach (ref readonly MonitoredItemNotification item in items) item.Encode(writer);
        writer.WriteInt32(0);
        writer.EndLength(start);
    }

    /// <summary>Writes a whole Publish response, its encoding id included.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="requestHandle">Of the Publish request that is answered.</param>
    /// <param name="timestamp">The server's time.</param>
    /// <param name="subscriptionId">Whose notification it is.</param>
    /// <param name="availableSequenceNumbers">What may still be republished.</param>
    /// <param name="moreNotifications">Another response could be sent at once.</param>
    /// <param name="notificationMessage">An encoded <see cref="NotificationMessage"/>.</param>
    /// <param name="results">Outcome of the acknowledgements that the request carried.</param>
    public static void WritePublish(
        UaBinaryWriter writer, uint requestHandle, DateTime timestamp, uint subscriptionId, ReadOnlySpan<uint> availableSequenceNumbers,
        bool moreNotifications, ReadOnlySpan<byte> notificationMessage, ReadOnlySpan<StatusCode> results)
    {
        WriteHeader(writer, PublishResponse.BinaryEncodingId, requestHandle, timestamp);
        writer.WriteUInt32(subscriptionId);
        writer.WriteInt32(availableSequenceNumbers.Length);
        foreach (uint number in availableSequenceNumbers) writer.WriteUInt32(number);
        writer.WriteBoolean(moreNotifications);
        writer.WriteRaw(notificationMessage);
        writer.WriteInt32(results.Length);
        foreach (StatusCode result in results) writer.WriteStatusCode(result);
        writer.WriteInt32(0);
    }

    /// <summary>Writes a whole Republish response, its encoding id included.</summary>
    public static void WriteRepublish(UaBinaryWriter writer, uint requestHandle, DateTime timestamp, ReadOnlySpan<byte> notificationMessage)
    {
        WriteHeader(writer, RepublishResponse.BinaryEncodingId, requestHandle, timestamp);
        writer.WriteRaw(notificationMessage);
    }

    private static void WriteHeader(UaBinaryWriter writer, uint encodingId, uint requestHandle, DateTime timestamp)
    {
        writer.WriteNodeId(encodingId);
        writer.WriteDateTime(timestamp);
        writer.WriteUInt32(requestHandle);
        writer.WriteStatusCode(StatusCodes.Good);
        writer.WriteDiagnosticInfo(null);
        writer.WriteInt32(0);
        writer.WriteExtensionObject(null);
    }
}
