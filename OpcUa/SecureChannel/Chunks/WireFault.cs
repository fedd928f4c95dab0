using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel.Chunks;

/// <summary>What a peer hears of a fault: whatever went wrong with certificates or keys is one code without a reason.</summary>
internal static class WireFault
{
    public static ErrorFrame ToFrame(UaException fault) => IsSecret(fault.Status)
        ? new ErrorFrame(StatusCodes.BadSecurityChecksFailed, "The security checks failed")
        : new ErrorFrame(fault.Status, fault.What);

    private static bool IsSecret(StatusCode status) => status.Code is
        StatusCodes.BadSecurityChecksFailed or StatusCodes.BadNonceInvalid
        or StatusCodes.BadCertificateInvalid or StatusCodes.BadCertificateTimeInvalid or StatusCodes.BadCertificateIssuerTimeInvalid
        or StatusCodes.BadCertificateHostNameInvalid or StatusCodes.BadCertificateUriInvalid or StatusCodes.BadCertificateUseNotAllowed
        or StatusCodes.BadCertificateIssuerUseNotAllowed or StatusCodes.BadCertificateUntrusted or StatusCodes.BadCertificateRevocationUnknown
        or StatusCodes.BadCertificateIssuerRevocationUnknown or StatusCodes.BadCertificateRevoked or StatusCodes.BadCertificateIssuerRevoked
        or StatusCodes.BadCertificateChainIncomplete or StatusCodes.BadCertificatePolicyCheckFailed;
}
