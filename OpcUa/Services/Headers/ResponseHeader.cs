using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Common fields of every response (Part 4 §7.34).</summary>
public sealed record ResponseHeader : IEncodable<ResponseHeader>
{
    public static uint BinaryEncodingId => 394;
    public static int MinimumSize => 24;

    public DateTime Timestamp { get; init; }
    public uint RequestHandle { get; init; }
    public StatusCode ServiceResult { get; init; }
    public DiagnosticInfo? ServiceDiagnostics { get; init; }
    /// <summary>What the numbers in a DiagnosticInfo refer to.</summary>
    public string?[] StringTable { get; init; } = [];
    public ExtensionObject? AdditionalHeader { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteDateTime(Timestamp);
        writer.WriteUInt32(RequestHandle);
        writer.WriteStatusCode(ServiceResult);
        writer.WriteDiagnosticInfo(ServiceDiagnostics);
        writer.WriteStringArray(StringTable);
        writer.WriteExtensionObject(AdditionalHeader);
    }

    public static ResponseHeader Decode(ref UaBinaryReader reader) => new()
    {
        Timestamp = reader.ReadDateTime(),
        RequestHandle = reader.ReadUInt32(),
        ServiceResult = reader.ReadStatusCode(),
        ServiceDiagnostics = reader.ReadDiagnosticInfo(),
        StringTable = reader.ReadStringArray(),
        AdditionalHeader = reader.ReadExtensionObject(),
    };
}
