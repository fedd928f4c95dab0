namespace PatchEdge.Plant.Messages;

/// <summary>Operator → scheduler: no new permits and no go-aheads from now on. Only a person at the console or the command line resumes.</summary>
/// <remarks>Topic: <see cref="Topics.EmergencyStop"/>; never retained.</remarks>
public sealed record EmergencyStopPressed
{
    public required string Site { get; init; }

    /// <summary>Who pressed it.</summary>
    public required string By { get; init; }

    public required string Reason { get; init; }
}
