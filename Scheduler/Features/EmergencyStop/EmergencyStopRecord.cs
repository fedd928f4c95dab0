namespace PatchEdge.Scheduler.Features.EmergencyStop;

/// <summary>The emergency stop, as stored: one row.</summary>
internal sealed class EmergencyStopRecord
{
    public const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    public bool Active { get; set; }

    public string By { get; set; } = "";

    public string Reason { get; set; } = "";

    public DateTimeOffset Since { get; set; }
}
