using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>
/// Why a certificate was refused, in the order of the checks (Part 4 §6.1.3). For our own log and screen only: the peer hears
/// nothing but Bad_SecurityChecksFailed.
/// </summary>
public enum CertificateFault
{
    None,
    Missing,
    TooLarge,
    Malformed,
    TrailingData,
    UnusualKey,
    ChainIncomplete,
    ChainTooDeep,
    ChainLoop,
    SignatureInvalid,
    WeakSignature,
    KeyLengthNotAllowed,
    Untrusted,
    NotYetValid,
    Expired,
    HostNameMismatch,
    ApplicationUriMismatch,
    WrongUsage,
    RevocationUnknown,
    Revoked,
    IssuerNotYetValid,
    IssuerExpired,
    IssuerWrongUsage,
    IssuerRevocationUnknown,
    IssuerRevoked,
}

internal static class CertificateFaultStatus
{
    /// <summary>The code under which this side reports the fault to its own user.</summary>
    public static StatusCode LocalStatus(this CertificateFault fault) => fault switch
    {
        CertificateFault.None => StatusCodes.Good,
        CertificateFault.ChainIncomplete or CertificateFault.ChainTooDeep or CertificateFault.ChainLoop => StatusCodes.BadCertificateChainIncomplete,
        CertificateFault.WeakSignature or CertificateFault.KeyLengthNotAllowed => StatusCodes.BadCertificatePolicyCheckFailed,
        CertificateFault.Untrusted => StatusCodes.BadCertificateUntrusted,
        CertificateFault.NotYetValid or CertificateFault.Expired => StatusCodes.BadCertificateTimeInvalid,
        CertificateFault.HostNameMismatch => StatusCodes.BadCertificateHostNameInvalid,
        CertificateFault.ApplicationUriMismatch => StatusCodes.BadCertificateUriInvalid,
        CertificateFault.WrongUsage => StatusCodes.BadCertificateUseNotAllowed,
        CertificateFault.RevocationUnknown => StatusCodes.BadCertificateRevocationUnknown,
        CertificateFault.Revoked => StatusCodes.BadCertificateRevoked,
        CertificateFault.IssuerNotYetValid or CertificateFault.IssuerExpired => StatusCodes.BadCertificateIssuerTimeInvalid,
        CertificateFault.IssuerWrongUsage => StatusCodes.BadCertificateIssuerUseNotAllowed,
        CertificateFault.IssuerRevocationUnknown => StatusCodes.BadCertificateIssuerRevocationUnknown,
        CertificateFault.IssuerRevoked => StatusCodes.BadCertificateIssuerRevoked,
        _ => StatusCodes.BadCertificateInvalid,
    };
}
