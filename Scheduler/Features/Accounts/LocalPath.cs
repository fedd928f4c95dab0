namespace PatchEdge.Scheduler.Features.Accounts;

/// <summary>Where to go after signing in: only ever to a page of this site.</summary>
internal static class LocalPath
{
    /// <summary>The path when it is one of this site's, otherwise the overview.</summary>
    public static string OrHome(string? path) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) ? path : "/";
}
