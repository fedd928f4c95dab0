using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>A value that the equipment produced. Its number is its content, so that whoever has the value knows which one it is.</summary>
/// <param name="Tag">Index of the tag in the plant.</param>
/// <param name="Number">From 0 for the tag, without holes.</param>
/// <param name="Wall">When, by the gateway's clock: milliseconds since the scenario began.</param>
/// <param name="SourceTime">When, by the server's clock.</param>
/// <param name="Status">Its quality.</param>
internal sealed record Produced(int Tag, int Number, long Wall, DateTime SourceTime, StatusCode Status)
{
    public DataValue Value => new(new Variant((double)Number), Status, SourceTime, SourceTime);
}

/// <param name="Value">The value.</param>
/// <param name="Source">Whose, by the index that the gateway gave the item.</param>
/// <param name="Overflow">Others before it were dropped.</param>
internal readonly record struct Notified(Produced Value, int Source, bool Overflow);

/// <summary>A notification message on its way, or kept until it is acknowledged.</summary>
/// <param name="Sequence">Its number; of a keep-alive the one to come.</param>
/// <param name="Values">Empty for a keep-alive. Each is of a source in the gateway's table, as it was when its item was created.</param>
/// <param name="PublishTime">By the server's clock.</param>
/// <param name="Sent">The same by the gateway's.</param>
internal sealed record Message(uint Sequence, IReadOnlyList<Notified> Values, DateTime PublishTime, long Sent)
{
    public bool IsKeepAlive => Values.Count == 0;
}
