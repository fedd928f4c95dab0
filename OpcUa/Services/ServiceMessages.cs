using System.Collections.Frozen;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>
/// A message on the wire is the NodeId of its encoding and then its fields (Part 6 §6.7.2.1, Message Body). Here are the messages that we know.
/// </summary>
public static class ServiceMessages
{
    private static readonly FrozenDictionary<uint, StructureDecoder> Requests = RequestTable().ToFrozenDictionary();
    private static readonly FrozenDictionary<uint, StructureDecoder> Responses = ResponseTable().ToFrozenDictionary();

    /// <summary>Writes the encoding id and the fields.</summary>
    public static void Encode(UaBinaryWriter writer, IEncodable message)
    {
        writer.WriteNodeId(new NodeId(message.EncodingId));
        message.Encode(writer);
    }

    /// <summary>Reads a whole request.</summary>
    /// <exception cref="UaException">BadServiceUnsupported for a message of another type; the request header, where there is one, then follows the encoding id.</exception>
    public static IServiceRequest DecodeRequest(ReadOnlySpan<byte> message, DecodingLimits? limits = null) =>
        (IServiceRequest)Decode(message, limits ?? DecodingLimits.Request, Requests, StatusCodes.BadServiceUnsupported, "a request");

    /// <summary>Reads a whole response, a <see cref="ServiceFault"/> included.</summary>
    /// <exception cref="UaException">BadUnknownResponse for a message of another type.</exception>
    public static IServiceResponse DecodeResponse(ReadOnlySpan<byte> message, DecodingLimits? limits = null) =>
        (IServiceResponse)Decode(message, limits ?? DecodingLimits.Response, Responses, StatusCodes.BadUnknownResponse, "a response");

    /// <summary>Encoding id of a message, without decoding the rest; 0 when it is of no known form.</summary>
    public static uint PeekEncodingId(ReadOnlySpan<byte> message)
    {
        var reader = new UaBinaryReader(message);
        NodeId typeId = reader.ReadNodeId();
        return typeId.NamespaceIndex == 0 ? typeId.NumericIdentifier : 0;
    }

    /// <summary>
    /// Header of a request that cannot be decoded whole or is not known, so that a fault can be addressed; null when not even the header can be read.
    /// </summary>
    public static RequestHeader? TryDecodeRequestHeader(ReadOnlySpan<byte> message)
    {
        try
        {
            var reader = new UaBinaryReader(message);
            reader.ReadNodeId();
            return RequestHeader.Decode(ref reader);
        }
        catch (UaException)
        {
            return null;
        }
    }

    private static IEncodable Decode(ReadOnlySpan<byte> message, DecodingLimits limits, FrozenDictionary<uint, StructureDecoder> table, StatusCode unknown, string what)
    {
        var reader = new UaBinaryReader(message, limits);
        NodeId typeId = reader.ReadNodeId();
        if (typeId.NamespaceIndex != 0 || !table.TryGetValue(typeId.NumericIdentifier, out StructureDecoder? decode))
            throw new UaException(unknown, $"The message {typeId} is not {what} known here", "message body", "Use a service that this stack supports");
        IEncodable decoded = decode(ref reader);
        reader.ExpectEnd();
        return decoded;
    }

    private static Dictionary<uint, StructureDecoder> RequestTable()
    {
        var table = new Dictionary<uint, StructureDecoder>();
        Add<FindServersRequest>();
        Add<GetEndpointsRequest>();
        Add<OpenSecureChannelRequest>();
        Add<CloseSecureChannelRequest>();
        Add<CreateSessionRequest>();
        Add<ActivateSessionRequest>();
        Add<CloseSessionRequest>();
        Add<CancelRequest>();
        Add<BrowseRequest>();
        Add<BrowseNextRequest>();
        Add<TranslateBrowsePathsToNodeIdsRequest>();
        Add<RegisterNodesRequest>();
        Add<UnregisterNodesRequest>();
        Add<ReadRequest>();
        Add<WriteRequest>();
        Add<HistoryReadRequest>();
        Add<CallRequest>();
        Add<CreateMonitoredItemsRequest>();
        Add<ModifyMonitoredItemsRequest>();
        Add<SetMonitoringModeRequest>();
        Add<SetTriggeringRequest>();
        Add<DeleteMonitoredItemsRequest>();
        Add<CreateSubscriptionRequest>();
        Add<ModifySubscriptionRequest>();
        Add<SetPublishingModeRequest>();
        Add<PublishRequest>();
        Add<RepublishRequest>();
        Add<TransferSubscriptionsRequest>();
        Add<DeleteSubscriptionsRequest>();
        return table;

        void Add<T>() where T : IServiceRequest<T> => table.Add(T.BinaryEncodingId, static (ref r) => T.Decode(ref r));
    }

    private static Dictionary<uint, StructureDecoder> ResponseTable()
    {
        var table = new Dictionary<uint, StructureDecoder>();
        Add<ServiceFault>();
        Add<FindServersResponse>();
        Add<GetEndpointsResponse>();
        Add<OpenSecureChannelResponse>();
        Add<CloseSecureChannelResponse>();
        Add<CreateSessionResponse>();
        Add<ActivateSessionResponse>();
        Add<CloseSessionResponse>();
        Add<CancelResponse>();
        Add<BrowseResponse>();
        Add<BrowseNextResponse>();
        Add<TranslateBrowsePathsToNodeIdsResponse>();
        Add<RegisterNodesResponse>();
        Add<UnregisterNodesResponse>();
        Add<ReadResponse>();
        Add<WriteResponse>();
        Add<HistoryReadResponse>();
        Add<CallResponse>();
        Add<CreateMonitoredItemsResponse>();
        Add<ModifyMonitoredItemsResponse>();
        Add<SetMonitoringModeResponse>();
        Add<SetTriggeringResponse>();
        Add<DeleteMonitoredItemsResponse>();
        Add<CreateSubscriptionResponse>();
        Add<ModifySubscriptionResponse>();
        Add<SetPublishingModeResponse>();
        Add<PublishResponse>();
        Add<RepublishResponse>();
        Add<TransferSubscriptionsResponse>();
        Add<DeleteSubscriptionsResponse>();
        return table;

        void Add<T>() where T : IServiceResponse<T> => table.Add(T.BinaryEncodingId, static (ref r) => T.Decode(ref r));
    }
}
