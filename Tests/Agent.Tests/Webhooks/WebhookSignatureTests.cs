using PatchEdge.Agent.Webhooks;

namespace PatchEdge.Agent.Tests.Webhooks;

public sealed class WebhookSignatureTests
{
    /// <summary>Made by <c>printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret-of-sixteen</c>.</summary>
    [Fact]
    public void Signature_is_what_openssl_makes_of_it() => Assert.Equal(
        "t=1700000000,v1=021c30d810963293d31f137660d219c4456edc51ce58968c7707b00f827b9216",
        WebhookSignature.Of("secret-of-sixteen", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), """{"a":1}"""u8));
}
