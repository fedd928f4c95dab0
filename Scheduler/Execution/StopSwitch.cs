using PatchEdge.Scheduler.Planning;

namespace PatchEdge.Scheduler.Execution;

/// <summary>The emergency stop from the moment it is pressed: it works before it is on record, and also when it cannot be recorded. Thread-safe.</summary>
/// <remarks>The record follows as soon as it can; only a recorded resume releases it. It is the one effect that goes before its record, for it can only prevent.</remarks>
internal sealed class StopSwitch(TimeProvider time)
{
    private volatile EmergencyStopFacts? pressed;

    /// <summary>Null when it is not pressed, or is on record.</summary>
    public EmergencyStopFacts? Pressed => pressed;

    public void Press(string by, string reason) => pressed ??= new EmergencyStopFacts(true, by, reason, time.GetUtcNow());

    /// <summary>The record says what holds now.</summary>
    public void Recorded() => pressed = null;
}
