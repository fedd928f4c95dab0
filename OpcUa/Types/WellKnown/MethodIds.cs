namespace PatchEdge.OpcUa.Types;

/// <summary>Well-known methods of namespace 0 (Part 5). Numbers, which convert to <see cref="NodeId"/> by themselves.</summary>
#pragma warning disable CA1707 // The underscores are the specification's: they join the browse names of the path.
public static class MethodIds
{
    public const uint Server_GetMonitoredItems = 11492;
    public const uint Server_ResendData = 12873;
    public const uint Server_SetSubscriptionDurable = 12749;
    public const uint Server_RequestServerStateChange = 12886;
}
