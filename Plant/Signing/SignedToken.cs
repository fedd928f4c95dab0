using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace PatchEdge.Plant.Signing;

/// <summary>Signs and verifies messages as JWS compact serialization with ES256 (RFC 7515, RFC 7518 §3.4): ECDSA over P-256 with SHA-256.</summary>
/// <remarks>The <c>typ</c> header separates kinds of message, so that one can never be passed off as another.</remarks>
public static class SignedToken
{
    public const string PermitType = "patchedge-permit";
    public const string GoAheadType = "patchedge-go-ahead";
    public const string LedgerHeadType = "patchedge-ledger-head";
    public const string PackType = "patchedge-pack";

    /// <summary>Longest token that <see cref="TryVerify"/> looks at, in characters.</summary>
    public const int MaximumLength = 64 * 1024;

    public static string Sign<T>(T payload, string type, ECDsa key, JsonTypeInfo<T> json)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject { ["alg"] = "ES256", ["typ"] = type, ["kid"] = KeyThumbprint(key) }, JsonSerializerOptions.Default);
        var signed = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(payload, json));
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    /// <summary>Decodes the payload only after type, key and signature have been verified.</summary>
    /// <param name="token">Anything at all, from anyone.</param>
    /// <param name="type">The only acceptable <c>typ</c>.</param>
    /// <param name="key">The pinned public key.</param>
    /// <param name="json">How to decode the payload.</param>
    /// <param name="payload">The payload when true, else null.</param>
    /// <param name="refusal">Why not, for the log; empty when true.</param>
    public static bool TryVerify<T>(string token, string type, ECDsa key, JsonTypeInfo<T> json, out T? payload, out string refusal)
        where T : class
    {
        payload = null;
        if (token.Length > MaximumLength)
            return Refuse("longer than a token can be", out refusal);
        var parts = token.Split('.');
        if (parts.Length != 3)
            return Refuse("not a JWS of three parts", out refusal);
        try
        {
            var header = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(parts[0]));
            if (!Is(header, "alg", "ES256"))
                return Refuse("its algorithm is not ES256", out refusal);
            if (!Is(header, "typ", type))
                return Refuse($"its type is not {type}", out refusal);
            if (!Is(header, "kid", KeyThumbprint(key)))
                return Refuse("it names another key than the pinned one", out refusal);
            var signed = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
            if (!key.VerifyData(signed, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
                return Refuse("its signature does not verify", out refusal);
            payload = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(parts[1]), json);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or CryptographicException or NotSupportedException)
        {
            return Refuse("malformed: " + exception.Message, out refusal);
        }

        refusal = payload is null ? "its payload is null" : "";
        return payload is not null;
    }

    /// <summary>SHA-256 (lower-case hex) of the key's SubjectPublicKeyInfo.</summary>
    public static string KeyThumbprint(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private static bool Is(JsonElement header, string name, string expected) =>
        header.ValueKind == JsonValueKind.Object && header.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String && value.GetString() == expected;

    private static bool Refuse(string why, out string refusal)
    {
        refusal = why;
        return false;
    }
}
