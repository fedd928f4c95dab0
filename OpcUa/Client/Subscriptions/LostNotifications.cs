using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Notification messages that the server no longer has. A <see cref="DataChange"/> of origin Refresh with every item's present
/// value follows as soon as it could be read.
/// </summary>
/// <param name="First">First missing sequence number, inclusive.</param>
/// <param name="Last">Last missing sequence number, inclusive.</param>
/// <param name="PreviousAt">Arrival of the last message in order before the missing ones: where the gap begins.</param>
/// <param name="DetectedAt">Arrival of the message that showed that some are missing.</param>
/// <param name="Reason">What the server answered to Republish, most often BadMessageNotAvailable.</param>
public sealed record LostNotifications(
    Subscription Subscription, int Epoch, uint First, uint Last, Arrival PreviousAt, Arrival DetectedAt, StatusCode Reason)
{
    public long Count => NotificationNumbers.Distance(First, Last) + 1;
}
