using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatchEdge.Scheduler.Ledger.Signatures;

/// <summary>An electronic signature as the ledger holds it (21 CFR 11.50 and 11.70): inside the entry of what it signs, so it cannot be cut out and put elsewhere.</summary>
/// <param name="Name">Printed name of the signer.</param>
/// <param name="Meaning">What the signature stands for, as one of <see cref="SignatureMeanings"/>.</param>
/// <param name="Covers">SHA-256 (lower-case hex) of what was signed.</param>
/// <param name="Components">2 when name and password were given, as the first signing of a session asks for; 1 when the password was (21 CFR 11.200).</param>
internal sealed record SignatureRecord(string Name, string Meaning, string Covers, int Components)
{
    public JsonObject Write() => new() { ["name"] = Name, ["meaning"] = Meaning, ["covers"] = Covers, ["components"] = Components };

    /// <summary>Null when it is none.</summary>
    public static SignatureRecord? Read(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
        && element.TryGetProperty("meaning", out var meaning) && meaning.ValueKind == JsonValueKind.String
        && element.TryGetProperty("covers", out var covers) && covers.ValueKind == JsonValueKind.String
        && element.TryGetProperty("components", out var components) && components.TryGetInt32(out var count)
            ? new SignatureRecord(name.GetString()!, meaning.GetString()!, covers.GetString()!, count)
            : null;
}

/// <summary>What a signature can stand for (21 CFR 11.50(a)(3)).</summary>
internal static class SignatureMeanings
{
    public const string Review = "review";
    public const string Approval = "approval";
    public const string Responsibility = "responsibility";
    public const string Authorship = "authorship";
}
