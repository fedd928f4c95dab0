using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PatchEdge.Agent.Webhooks;

/// <summary>Proves to the far end who asks, when, and what: HMAC-SHA256 over the time, a full stop and the content.</summary>
internal static class WebhookSignature
{
    public const string Header = "PatchEdge-Signature";

    /// <param name="secret">Known to both ends.</param>
    /// <param name="at">Now; the far end refuses what is older than it likes.</param>
    /// <param name="content">A POST's body; of a poll, its path and query.</param>
    /// <returns><c>t=SECONDS,v1=HEX</c>, the seconds since 1970.</returns>
    public static string Of(string secret, DateTimeOffset at, ReadOnlySpan<byte> content)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(seconds), (byte)'.', .. content];
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        return $"t={seconds},v1={Convert.ToHexStringLower(hash)}";
    }
}
