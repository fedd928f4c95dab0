using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>What the validation of a certificate came to.</summary>
/// <param name="Fault">First check that failed, or None.</param>
/// <param name="Reason">What is wrong and what to do about it; empty when nothing is.</param>
/// <param name="Certificate">The certificate, unless it could not even be read.</param>
/// <param name="Warnings">Faults that the configuration lets pass, worded like a reason.</param>
public sealed record CertificateVerdict(CertificateFault Fault, string Reason, UaCertificate? Certificate, IReadOnlyList<string> Warnings)
{
    public bool IsAccepted => Fault == CertificateFault.None;

    /// <summary>The certificate; throws the local reason when it was refused. A server never sends this to the peer.</summary>
    public UaCertificate Require(string where) =>
        IsAccepted ? Certificate! : throw new UaException(Fault.LocalStatus(), $"A certificate was refused ({Fault})", where, Reason.TrimEnd('.'));
}

/// <summary>What a certificate is going to be used for.</summary>
public enum CertificateRole
{
    Server,
    Client,
    User,
}

/// <summary>What the one who presents a certificate must be.</summary>
public sealed record CertificateExpectation
{
    public required SecurityPolicy Policy { get; init; }
    public required CertificateRole Role { get; init; }

    /// <summary>Host that was connected to; null skips the check.</summary>
    public string? HostName { get; init; }

    /// <summary>ApplicationUri that was announced; null skips the check.</summary>
    public string? ApplicationUri { get; init; }
}

/// <summary>Faults that a plant may let pass; structure, chain, signature, trust, URI and revocation never are.</summary>
public sealed record CertificateLeniency
{
    public bool AllowExpired { get; init; }
    public bool AllowOtherHostName { get; init; }
    public bool AllowMissingRevocationList { get; init; }
    public bool AllowOtherUsage { get; init; }
}
