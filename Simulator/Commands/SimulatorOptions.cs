namespace PatchEdge.Simulator.Commands;

/// <summary>What the command line asked for.</summary>
/// <param name="PlantOnly">Start the equipment's servers alone.</param>
/// <param name="For">Stop everything after this long; null runs until interrupted.</param>
/// <param name="Seed">Draws the batches: the same seed tells the same story.</param>
/// <param name="Data">Folder that is kept from start to start.</param>
/// <param name="PortBase">First of a hundred loopback ports.</param>
internal sealed record SimulatorOptions(bool PlantOnly, TimeSpan? For, int Seed, string Data, int PortBase)
{
    /// <summary>Stop when every job is done; one that is not when the time is up is a broken promise.</summary>
    public bool UntilDone { get; init; }

    /// <summary>Kill and freeze programs and cut their network at random, drawn from the seed.</summary>
    public bool Faults { get; init; }

    /// <summary>Where to record every value and fault; null for nowhere, or with faults among the data.</summary>
    public string? Record { get; init; }

    /// <summary>Run mosquitto as the broker, in place of the scheduler's own.</summary>
    public bool Mosquitto { get; init; }
}
