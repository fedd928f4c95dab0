namespace PatchEdge.Simulation.Plant;

/// <summary>A run as it is on record.</summary>
internal sealed record StoredRun(string Id, string JobId, string State, long Token, string? Holds, string Reason)
{
    public bool IsOver => State is "Done" or "Aborted" or "Expired" or "Revoked";

    public bool Occupies => State is "Held" or "Released" or "Executing" or "Verifying" or "Quarantined";
}
