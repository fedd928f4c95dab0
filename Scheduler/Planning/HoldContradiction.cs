using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Holds;

namespace PatchEdge.Scheduler.Planning;

/// <summary>Whether a controller shows another token than the one it granted: somebody overwrote the hold at the equipment. Pure.</summary>
internal static class HoldContradiction
{
    /// <summary>What a report said sooner than this after the grant may be from before it: sampling, publishing and two clocks lie between.</summary>
    public static readonly TimeSpan Settles = TimeSpan.FromSeconds(8);

    /// <returns>The token that is shown instead, 0 for none, and by whom it was seen; null when nobody contradicts.</returns>
    public static (long Token, string Gateway)? Find(HoldFacts hold, Line line, PlantModel plant, EvidenceSnapshot evidence)
    {
        if (line.HeldTokenTag is null || hold.Stage != HoldStage.Granted || hold.GrantedAt is not { } granted)
            return null;
        foreach (var gateway in plant.GatewaysOf(line))
            if (evidence.Report(line.Name, gateway.Name) is { IsFresh: true, Message: { HeldToken: { } shown } report } && report.ConfigurationHash == plant.Hash
                && shown != hold.Token && report.At >= granted + Settles)
                return (shown, gateway.Name);
        return null;
    }
}
