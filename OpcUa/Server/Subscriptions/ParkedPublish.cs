using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

/// <summary>A Publish request that waits for something to say.</summary>
/// <param name="Channel">Where the answer goes.</param>
/// <param name="RequestId">Of the channel.</param>
/// <param name="RequestHandle">Of the request header.</param>
/// <param name="Deadline">Timestamp after which the client no longer waits; long.MaxValue without a hint.</param>
/// <param name="Results">Of the acknowledgements it brought.</param>
internal sealed record ParkedPublish(ServerChannel Channel, uint RequestId, uint RequestHandle, long Deadline, StatusCode[] Results);
