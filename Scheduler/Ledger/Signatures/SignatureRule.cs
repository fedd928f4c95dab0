namespace PatchEdge.Scheduler.Ledger.Signatures;

/// <summary>When a signature counts: it is there, it is the asker's own, it means what is asked, and it covers just that.</summary>
internal static class SignatureRule
{
    /// <summary>What to do about a missing one.</summary>
    public const string HowTo =
        "sign with your name and password: in the form on the console, with 'name' and 'password' in the API's request, or at the command line, which asks for them";

    /// <param name="signature">Null when there is none.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="meaning">What it must stand for, as one of <see cref="SignatureMeanings"/>.</param>
    /// <returns>Why it does not count; null when it may.</returns>
    public static string? Refusal(SignatureRecord? signature, string by, string meaning) =>
        signature is null ? $"this must be signed, and nobody has: {HowTo}"
        : !Persons.Same(signature.Name, by) ? $"this must be signed by {by}, and the signature is {signature.Name}'s: {HowTo}"
        : signature.Meaning != meaning ? $"this must be signed with the meaning '{meaning}', and the signature means '{signature.Meaning}': {HowTo}"
        : null;

    /// <summary>Whether it covers just what is asked.</summary>
    /// <param name="signature">One that <see cref="Refusal"/> let pass.</param>
    /// <param name="covers">SHA-256 (lower-case hex) of what is asked.</param>
    public static bool Covers(SignatureRecord? signature, string covers) => signature?.Covers == covers;
}
