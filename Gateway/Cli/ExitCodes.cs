namespace PatchEdge.Gateway.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The check or operation found a problem.</summary>
    public const int Problem = 1;

    /// <summary>Wrong usage or configuration.</summary>
    public const int Usage = 2;

    public const int Interrupted = 130;
}
