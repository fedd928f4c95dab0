namespace PatchEdge.Gateway.Holds;

/// <summary>What a line's controller said.</summary>
/// <param name="Answered">It answered; false: nothing is known about the hold.</param>
/// <param name="Granted">The hold is in force, or it was cleared.</param>
/// <param name="Epoch">The controller's count of grants; null when it did not say.</param>
/// <param name="Reason">Why not, or what else it said.</param>
internal readonly record struct HoldAnswer(bool Answered, bool Granted, long? Epoch, string Reason)
{
    public static HoldAnswer Silent(string reason) => new(false, false, null, reason);

    public static HoldAnswer Refused(string reason) => new(true, false, null, reason);
}
