using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Services;

/// <summary>Common fields of every request (Part 4 §7.33).</summary>
public sealed record RequestHeader : IEncodable<RequestHeader>
{
    public static uint BinaryEncodingId => 391;
    public static int MinimumSize => 29;

    /// <summary>Secret of the session; null before there is one.</summary>
    public NodeId AuthenticationToken { get; init; }
    public DateTime Timestamp { get; init; }
    /// <summary>Chosen by the client, echoed by the server, used by Cancel.</summary>
    public uint RequestHandle { get; init; }
    /// <summary>Bits of the diagnostics asked for; 0 asks for none.</summary>
    public uint ReturnDiagnostics { get; init; }
    public string? AuditEntryId { get; init; }
    /// <summary>Milliseconds after which the client no longer waits; 0 is no hint.</summary>
    public uint TimeoutHint { get; init; }
    public ExtensionObject? AdditionalHeader { get; init; }

    public void Encode(UaBinaryWriter writer)
    {
        writer.WriteNodeId(AuthenticationToken);
        writer.WriteDateTime(Timestamp);
        writer.WriteUInt32(RequestHandle);
        writer.WriteUInt32(ReturnDiagnostics);
        writer.WriteString(AuditEntryId);
        writer.WriteUInt32(TimeoutHint);
        writer.WriteExtensionObject(AdditionalHeader);
    }

    public static RequestHeader Decode(ref UaBinaryReader reader) => new()
    {
        AuthenticationToken = reader.ReadNodeId(),
        Timestamp = reader.ReadDateTime(),
        RequestHandle = reader.ReadUInt32(),
        ReturnDiagnostics = reader.ReadUInt32(),
        AuditEntryId = reader.ReadString(),
        TimeoutHint = reader.ReadUInt32(),
        AdditionalHeader = reader.ReadExtensionObject(),
    };

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"RequestHeader {{ RequestHandle = {RequestHandle} }}";
}
