using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Announces nodes that will be used often (Part 4, RegisterNodes).</summary>
public sealed record RegisterNodesRequest : IServiceRequest<RegisterNodesRequest>
{
    public static uint BinaryEncodingId => 560;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public NodeId[] NodesToRegister { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteNodeIdArray(NodesToRegister);
    }

    public static RegisterNodesRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        NodesToRegister = reader.ReadNodeIdArray(),
    };
}

/// <summary>Answers RegisterNodes.</summary>
public sealed record RegisterNodesResponse : IServiceResponse<RegisterNodesResponse>
{
    public static uint BinaryEncodingId => 563;
    public static int MinimumSize => 28;

    public ResponseHeader ResponseHeader { get; set; } = new();
    public NodeId[] RegisteredNodeIds { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
        writer.WriteNodeIdArray(RegisteredNodeIds);
    }

    public static RegisterNodesResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
        RegisteredNodeIds = reader.ReadNodeIdArray(),
    };
}

/// <summary>Takes RegisterNodes back (Part 4, UnregisterNodes).</summary>
public sealed record UnregisterNodesRequest : IServiceRequest<UnregisterNodesRequest>
{
    public static uint BinaryEncodingId => 566;
    public static int MinimumSize => 33;

    public RequestHeader RequestHeader { get; set; } = new();
    public NodeId[] NodesToUnregister { get; init; } = [];

    public void Encode(UaBinaryWriter writer)
    {
        RequestHeader.Encode(writer);
        writer.WriteNodeIdArray(NodesToUnregister);
    }

    public static UnregisterNodesRequest Decode(ref UaBinaryReader reader) => new()
    {
        RequestHeader = RequestHeader.Decode(ref reader),
        NodesToUnregister = reader.ReadNodeIdArray(),
    };
}

/// <summary>Answers UnregisterNodes.</summary>
public sealed record UnregisterNodesResponse : IServiceResponse<UnregisterNodesResponse>
{
    public static uint BinaryEncodingId => 569;
    public static int MinimumSize => 24;

    public ResponseHeader ResponseHeader { get; set; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
    }

    public static UnregisterNodesResponse Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
    };
}
