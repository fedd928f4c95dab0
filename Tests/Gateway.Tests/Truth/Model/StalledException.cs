namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>The simulated clocks and the pipeline's own threads lost each other: nothing can be judged, and the scenario is to be played again.</summary>
internal sealed class StalledException(string message) : Exception(message);
