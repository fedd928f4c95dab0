using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>
/// Writes notification messages and the responses around them straight into a buffer: the same bytes as the message types in
/// Services give, without building them for every value.
/// </summary>
internal static class NotificationWriter
{
    /// <summary>A NotificationMessage without data, which is a keep-alive (Part 4 §5.13.1.1).</summary>
    public static void KeepAlive(UaBinaryWriter writer, uint sequenceNumber, DateTime publishTime)
    {
        writer.WriteUInt32(sequenceNumber);
        writer.WriteDateTime(publishTime);
        writer.WriteInt32(0);
    }

    public static void StatusChange(UaBinaryWriter writer, uint sequenceNumber, DateTime publishTime, StatusCode status)
    {
        writer.WriteUInt32(sequenceNumber);
        writer.WriteDateTime(publishTime);
        writer.WriteInt32(1);
        writer.WriteExtensionObject(new ExtensionObject(new StatusChangeNotification { Status = status }));
    }

    /// <summary>Opens a DataChangeNotification; the items follow, then <see cref="EndDataChange"/> with what this returned.</summary>
    public static (int Body, int Count) BeginDataChange(UaBinaryWriter writer, uint sequenceNumber, DateTime publishTime)
    {
        writer.WriteUInt32(sequenceNumber);
        writer.WriteDateTime(publishTime);
        writer.WriteInt32(1);
        writer.WriteNodeId(DataChangeNotification.BinaryEncodingId);
        writer.WriteByte(1);
        int body = writer.BeginLength();
        int count = writer.Length;
        writer.WriteInt32(0);
        return (body, count);
    }

    public static void EndDataChange(UaBinaryWriter writer, (int Body, int Count) opened, int items)
    {
        writer.PatchInt32(opened.Count, items);
        writer.WriteInt32(0); // No diagnostics.
        writer.EndLength(opened.Body);
    }

    public static void PublishResponse(UaBinaryWriter writer, ResponseHeader header, uint subscriptionId, uint[] available, bool more, ReadOnlySpan<byte> message, StatusCode[] results)
    {
        writer.WriteNodeId(Services.PublishResponse.BinaryEncodingId);
        header.Encode(writer);
        writer.WriteUInt32(subscriptionId);
        writer.WriteUInt32Array(available);
        writer.WriteBoolean(more);
        writer.WriteRaw(message);
        writer.WriteStatusCodeArray(results);
        writer.WriteInt32(0);
    }

    public static void RepublishResponse(UaBinaryWriter writer, ResponseHeader header, ReadOnlySpan<byte> message)
    {
        writer.WriteNodeId(Services.RepublishResponse.BinaryEncodingId);
        header.Encode(writer);
        writer.WriteRaw(message);
    }
}
