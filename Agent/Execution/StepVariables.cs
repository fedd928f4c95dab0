using PatchEdge.Agent.Procedures;

namespace PatchEdge.Agent.Execution;

/// <summary>What every step is told about the run it belongs to, as its environment.</summary>
internal static class StepVariables
{
    public const string Site = "PATCHEDGE_SITE";
    public const string Host = "PATCHEDGE_HOST";
    public const string Run = "PATCHEDGE_RUN";
    public const string Token = "PATCHEDGE_TOKEN";

    /// <summary>One line of the plant per text line, since a name may contain commas and spaces.</summary>
    public const string Lines = "PATCHEDGE_LINES";
    public const string Step = "PATCHEDGE_STEP";
    public const string PatchDigest = "PATCHEDGE_PATCH_DIGEST";

    /// <summary>The signed permit as it came; a script can verify it with the scheduler's public key.</summary>
    public const string Permit = "PATCHEDGE_PERMIT";

    public static IReadOnlyDictionary<string, string> Of(string site, RunRecord run, Step step) => new Dictionary<string, string>
    {
        [Site] = site,
        [Host] = run.Progress.Host,
        [Run] = run.Run,
        [Token] = run.Token.ToString(System.Globalization.CultureInfo.InvariantCulture),
        [Lines] = string.Join('\n', run.Lines),
        [Step] = step.Name,
        [PatchDigest] = run.PatchDigest,
        [Permit] = run.PermitText,
    };
}
