namespace PatchEdge.Simulator.Equipment;

/// <summary>PackML states that the simulated units pass through, with the numbers of OPC 30050 (ISA-TR88.00.02).</summary>
internal enum PackMlState
{
    Starting = 3,
    Idle = 4,
    Execute = 6,
    Resetting = 15,
    Completing = 16,
    Complete = 17,
}

internal static class PackMlStates
{
    /// <summary>An acting state, in which the machine is on its way to another one by itself.</summary>
    public static bool IsTransition(this PackMlState state) =>
        state is PackMlState.Starting or PackMlState.Resetting or PackMlState.Completing;
}
