using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>Which gaps a server's history can repair at all.</summary>
internal static class RepairableCauses
{
    /// <summary>Null when history is asked; else why it would prove nothing.</summary>
    public static string? Objection(GapCause cause) => cause switch
    {
        GapCause.ConnectionLost or GapCause.SequenceMissing or GapCause.QueueOverflow or GapCause.ConfiguredNotMonitored
            or GapCause.KeepAliveLate or GapCause.GatewayDown or GapCause.JournalFull => null,
        GapCause.BadQuality or GapCause.UncertainQuality => "the value itself was in doubt",
        GapCause.ServerNotRunning => "the server said that it was not running",
        GapCause.ClockStep => "the gateway's clock gives these moments no certain place in history",
        GapCause.SourceFrozen => "the source itself gave no value",
        GapCause.Standby => "another server of its set was sampled instead",
        GapCause.ConfigurationChange => "the tag was not configured as it is now",
        _ => "nothing is known that history could prove",
    };
}
