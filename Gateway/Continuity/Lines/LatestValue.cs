using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Lines;

namespace PatchEdge.Gateway.Continuity.Lines;

/// <summary>The newest reading of a source that a line's conditions look at.</summary>
internal readonly record struct LatestValue(TagValue Value, StatusCode Status, DateTime SourceTime)
{
    public static LatestValue Of(in DataValue reading) => new(ValueOf(reading.Value), reading.Status, reading.SourceTimestamp);

    public EvidenceQuality Quality => Status.IsGood ? EvidenceQuality.Good : Status.IsUncertain ? EvidenceQuality.Uncertain : EvidenceQuality.Bad;

    /// <summary>What conditions can compare; an array or a structure is nothing to them.</summary>
    private static TagValue ValueOf(in Variant value) => value switch
    {
        { IsArray: true } => TagValue.Null,
        { Type: BuiltInType.Boolean } when value.TryGet(out bool flag) => TagValue.Of(flag),
        { Type: BuiltInType.String } when value.TryGet(out string? text) => TagValue.Of(text),
        { Type: BuiltInType.LocalizedText } when value.TryGet(out LocalizedText text) => TagValue.Of(text.Text),
        _ when value.TryGetNumber(out var number) => TagValue.Of(number),
        _ => TagValue.Null,
    };
}
