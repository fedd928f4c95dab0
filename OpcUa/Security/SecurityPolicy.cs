using System.Diagnostics.CodeAnalysis;

namespace PatchEdge.OpcUa.Security;

/// <summary>The security policies that this stack speaks (Part 7 §6.6). The withdrawn SHA-1 ones do not exist here.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "The specification's own names, as they stand in the policy URIs.")]
public enum SecurityPolicy
{
    None,
    Basic256Sha256,
    Aes128_Sha256_RsaOaep,
    Aes256_Sha256_RsaPss,
}
