using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Attributes;

/// <summary>Leaves away the timestamps that the client did not ask for (Part 4 §7.40).</summary>
internal static class Timestamped
{
    public static DataValue Only(in DataValue value, TimestampsToReturn wanted) => wanted switch
    {
        TimestampsToReturn.Both => value,
        TimestampsToReturn.Source => value with { ServerTimestamp = default, ServerPicoseconds = 0 },
        TimestampsToReturn.Server => value with { SourceTimestamp = default, SourcePicoseconds = 0 },
        _ => value with { SourceTimestamp = default, SourcePicoseconds = 0, ServerTimestamp = default, ServerPicoseconds = 0 },
    };

    public static bool IsKnown(TimestampsToReturn wanted) => wanted is >= TimestampsToReturn.Source and <= TimestampsToReturn.Neither;
}
