namespace PatchEdge.OpcUa.Server.Subscriptions.Items;

/// <summary>Times at equal distances, which late loops return to instead of drifting.</summary>
internal static class Grid
{
    /// <summary>Whole steps from a time that is due, not later than now, to the first after now.</summary>
    public static long Steps(long due, long step, long now) => (now - due) / step + 1;
}
