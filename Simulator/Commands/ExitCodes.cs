namespace PatchEdge.Simulator.Commands;

internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A promise was broken, or something did not start.</summary>
    public const int Broken = 1;

    public const int Usage = 2;
}
