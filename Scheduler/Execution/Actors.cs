namespace PatchEdge.Scheduler.Execution;

/// <summary>Names of those who act and are no persons.</summary>
internal static class Actors
{
    public const string Scheduler = "scheduler";

    public static string Agent(string host) => $"agent {host}";
}
