namespace PatchEdge.OpcUa.Client;

/// <summary>When something reached this process, on both of its clocks: spans are measured on the first, people read the second.</summary>
/// <param name="Timestamp">Ticks of the client's TimeProvider (<see cref="TimeProvider.GetTimestamp"/>); never steps.</param>
/// <param name="Utc">The wall clock at the same moment; may step.</param>
public readonly record struct Arrival(long Timestamp, DateTimeOffset Utc)
{
    internal static Arrival Now(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());
}
