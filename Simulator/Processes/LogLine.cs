using System.Text.RegularExpressions;

namespace PatchEdge.Simulator.Processes;

/// <summary>Shortens a log line of the house for a screen that already shows time and process: level and message stay.</summary>
internal static partial class LogLine
{
    public static string Shorten(string line)
    {
        var match = Form().Match(line);
        if (!match.Success)
            return line;
        var message = match.Groups["message"].Value;
        return match.Groups["level"].Value is "info" or "dbug" or "trce" ? message : $"{match.Groups["level"].Value}: {message}";
    }

    /// <summary>What a service manager wants to know and a spectator does not.</summary>
    public static bool IsOrdinaryStart(string line) => line.Contains("Microsoft.Hosting.Lifetime", StringComparison.Ordinal);

    [GeneratedRegex("^[0-9T:.-]+Z (?<level>trce|dbug|info|warn|fail|crit): [^ ]+\\[[0-9]+\\] (?<message>.*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
