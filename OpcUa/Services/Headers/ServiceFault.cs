using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>Takes the place of any response when the service as a whole failed (Part 4 §7.35).</summary>
public sealed record ServiceFault : IServiceResponse<ServiceFault>
{
    public static uint BinaryEncodingId => 397;
    public static int MinimumSize => 24;

    public ResponseHeader ResponseHeader { get; set; } = new();

    public void Encode(UaBinaryWriter writer)
    {
        ResponseHeader.Encode(writer);
    }

    public static ServiceFault Decode(ref UaBinaryReader reader) => new()
    {
        ResponseHeader = ResponseHeader.Decode(ref reader),
    };
}
