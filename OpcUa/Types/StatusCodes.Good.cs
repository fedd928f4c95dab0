namespace PatchEdge.OpcUa.Types;

// Severity bits 00: the value or operation may be used. Part 6, Annex A.2.
#pragma warning disable CA1707 // The underscores are the specification's.
public static partial class StatusCodes
{
    public const uint Good = 0x00000000;
    public const uint GoodSubscriptionTransferred = 0x002D0000;
    public const uint GoodCompletesAsynchronously = 0x002E0000;
    public const uint GoodOverload = 0x002F0000;
    public const uint GoodClamped = 0x00300000;
    public const uint GoodLocalOverride = 0x00960000;
    public const uint GoodEntryInserted = 0x00A20000;
    public const uint GoodEntryReplaced = 0x00A30000;
    public const uint GoodNoData = 0x00A50000;
    public const uint GoodMoreData = 0x00A60000;
    public const uint GoodCommunicationEvent = 0x00A70000;
    public const uint GoodShutdownEvent = 0x00A80000;
    public const uint GoodCallAgain = 0x00A90000;
    public const uint GoodNonCriticalTimeout = 0x00AA0000;
    public const uint GoodResultsMayBeIncomplete = 0x00BA0000;
    public const uint GoodDataIgnored = 0x00D90000;
    public const uint GoodEdited = 0x00DC0000;
    public const uint GoodPostActionFailed = 0x00DD0000;
    public const uint GoodRetransmissionQueueNotSupported = 0x00DF0000;
    public const uint GoodDependentValueChanged = 0x00E00000;
    public const uint GoodSubNormal = 0x00EB0000;
    public const uint GoodPasswordChangeRequired = 0x00EF0000;
    public const uint GoodEdited_DependentValueChanged = 0x01160000;
    public const uint GoodEdited_DominantValueChanged = 0x01170000;
    public const uint GoodEdited_DominantValueChanged_DependentValueChanged = 0x01180000;
    public const uint GoodCascadeInitializationAcknowledged = 0x04010000;
    public const uint GoodCascadeInitializationRequest = 0x04020000;
    public const uint GoodCascadeNotInvited = 0x04030000;
    public const uint GoodCascadeNotSelected = 0x04040000;
    public const uint GoodFaultStateActive = 0x04070000;
    public const uint GoodInitiateFaultState = 0x04080000;
    public const uint GoodCascade = 0x04090000;
}
