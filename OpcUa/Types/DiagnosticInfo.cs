namespace PatchEdge.OpcUa.Types;

/// <summary>
/// Vendor's details of a failure (Part 4 §7.12, Part 6 §5.2.2.12). The numbers index the response header's StringTable; null where absent.
/// </summary>
public sealed record DiagnosticInfo
{
    public int? SymbolicId { get; init; }
    public int? NamespaceUri { get; init; }
    public int? Locale { get; init; }
    public int? LocalizedText { get; init; }
    public string? AdditionalInfo { get; init; }
    public StatusCode? InnerStatusCode { get; init; }
    public DiagnosticInfo? InnerDiagnosticInfo { get; init; }
}
