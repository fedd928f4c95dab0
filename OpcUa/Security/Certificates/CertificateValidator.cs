using System.Net;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>
/// Judges certificates by a store's lists, which it reads again each time, in the order of Part 4 §6.1.3. Keeps a certificate
/// that is only untrusted among the rejected. Thread-safe.
/// </summary>
public sealed class CertificateValidator(CertificateStore store, TimeProvider time, CertificateLeniency? leniency = null)
{
    private readonly CertificateLeniency leniency = leniency ?? new CertificateLeniency();

    /// <summary>Judges a certificate in DER, behind which its issuers may stand.</summary>
    public CertificateVerdict Validate(ReadOnlyMemory<byte> certificate, CertificateExpectation expected)
    {
        var fault = UaCertificate.TryReadChain(certificate.Span, out var presented);
        if (fault != CertificateFault.None)
            return new CertificateVerdict(fault, StructureAdvice(fault), presented.FirstOrDefault(), []);

        var check = new Check(store, time.GetUtcNow(), leniency, presented[0], expected);
        fault = check.Run(presented, out var reason);
        return new CertificateVerdict(fault, reason, presented[0], check.Warnings);
    }

    private static string StructureAdvice(CertificateFault fault) => fault switch
    {
        CertificateFault.Missing => "No certificate was presented. Configure one at the peer, or use policy None.",
        CertificateFault.TooLarge => $"The certificate is larger than {UaCertificate.LargestDer} bytes. Give the peer an ordinary one.",
        CertificateFault.TrailingData => "Something that is no certificate stands behind the certificate. Give the peer a clean one.",
        CertificateFault.ChainTooDeep => $"More than {UaCertificate.LongestChain} certificates were presented. Shorten the chain.",
        CertificateFault.UnusualKey => "The key is not RSA, or its modulus or exponent is out of the ordinary. Give the peer an RSA key with exponent 65537.",
        _ => "The certificate is no DER encoded X.509 certificate. Give the peer a new one.",
    };

    /// <summary>One judgement: the lists as they were when it began.</summary>
    private sealed class Check(CertificateStore store, DateTimeOffset now, CertificateLeniency leniency, UaCertificate leaf, CertificateExpectation expected)
    {
        private readonly IReadOnlyList<UaCertificate> trusted = store.Trusted;
        private readonly IReadOnlyList<RevocationList> lists = store.RevocationLists;

        public List<string> Warnings { get; } = [];

        public CertificateFault Run(List<UaCertificate> presented, out string reason)
        {
            var fault = CertificateChain.Build(leaf, [.. trusted, .. store.Issuers, .. presented.Skip(1)], out var chain);
            if (fault != CertificateFault.None)
                return Refuse(fault, ChainAdvice(fault, chain[^1]), out reason);

            fault = CheckPolicy(chain, out reason);
            if (fault == CertificateFault.None)
                fault = CheckTrust(chain, out reason);
            if (fault == CertificateFault.None)
                fault = CheckLeaf(chain, out reason);
            for (var i = 1; i < chain.Count && fault == CertificateFault.None; i++)
                fault = CheckIssuer(chain, i, out reason);
            return fault;
        }

        private CertificateFault CheckPolicy(List<UaCertificate> chain, out string reason)
        {
            if (leaf.KeyBits < PolicyProfile.ShortestKeyBits || leaf.KeyBits > PolicyProfile.LongestKeyBits)
                return Refuse(CertificateFault.KeyLengthNotAllowed, $"The key has {leaf.KeyBits} bits; {expected.Policy} takes 2048 to 4096. Give the peer a certificate with such a key.", out reason);
            var weak = chain.Find(certificate => !certificate.Signed.IsStrong);
            return weak is null
                ? Pass(out reason)
                : Refuse(CertificateFault.WeakSignature, $"{weak.Subject} is signed with {weak.Signed.Algorithm}; SHA-256 or stronger is needed. Have it issued again.", out reason);
        }

        private CertificateFault CheckTrust(List<UaCertificate> chain, out string reason)
        {
            if (chain.Exists(certificate => trusted.Any(certificate.IsSame)))
                return Pass(out reason);
            var file = store.Reject(leaf);
            return Refuse(CertificateFault.Untrusted,
                $"{leaf.Subject} is not trusted. Compare its thumbprint {leaf.ThumbprintText} with the peer's own; if they are equal, move {Path.Combine(store.Root, file)} to {store.TrustedDirectory}.",
                out reason);
        }

        private CertificateFault CheckLeaf(List<UaCertificate> chain, out string reason)
        {
            if (now < leaf.NotBefore && !Lenient(leniency.AllowExpired, $"{leaf.Subject} is valid only from {leaf.NotBefore:u}"))
                return Refuse(CertificateFault.NotYetValid, $"{leaf.Subject} is valid only from {leaf.NotBefore:u}. Check both clocks.", out reason);
            if (now > leaf.NotAfter && !Lenient(leniency.AllowExpired, $"{leaf.Subject} expired at {leaf.NotAfter:u}"))
                return Refuse(CertificateFault.Expired, $"{leaf.Subject} expired at {leaf.NotAfter:u}. Give the peer a new certificate.", out reason);
            if (expected.Role == CertificateRole.Server && expected.HostName is { } host && !Names(host)
                && !Lenient(leniency.AllowOtherHostName, $"{leaf.Subject} does not name the host {host}"))
                return Refuse(CertificateFault.HostNameMismatch, $"{leaf.Subject} does not name the host {host}. Connect by a name that it carries ({Known()}), or have it issued for this one.", out reason);
            if (expected.Role != CertificateRole.User && expected.ApplicationUri is { } uri && !leaf.ApplicationUris.Contains(uri, StringComparer.Ordinal))
                return Refuse(CertificateFault.ApplicationUriMismatch, $"{leaf.Subject} does not carry the ApplicationUri {uri}. Have it issued for that application.", out reason);
            if (CertificateUsage.MissingFor(expected.Role, leaf) is { } missing && !Lenient(leniency.AllowOtherUsage, $"{leaf.Subject} lacks {missing}"))
                return Refuse(CertificateFault.WrongUsage, $"{leaf.Subject} lacks {missing}. Have it issued for use by OPC UA applications.", out reason);
            return CheckRevocation(chain, 0, CertificateFault.RevocationUnknown, CertificateFault.Revoked, out reason);
        }

        private CertificateFault CheckIssuer(List<UaCertificate> chain, int at, out string reason)
        {
            var issuer = chain[at];
            if (now < issuer.NotBefore && !Lenient(leniency.AllowExpired, $"issuer {issuer.Subject} is valid only from {issuer.NotBefore:u}"))
                return Refuse(CertificateFault.IssuerNotYetValid, $"Issuer {issuer.Subject} is valid only from {issuer.NotBefore:u}. Check this machine's clock.", out reason);
            if (now > issuer.NotAfter && !Lenient(leniency.AllowExpired, $"issuer {issuer.Subject} expired at {issuer.NotAfter:u}"))
                return Refuse(CertificateFault.IssuerExpired, $"Issuer {issuer.Subject} expired at {issuer.NotAfter:u}. Put its new certificate into {store.IssuerDirectory}.", out reason);
            if (!CertificateUsage.MayIssue(issuer))
                return Refuse(CertificateFault.IssuerWrongUsage, $"Issuer {issuer.Subject} may not issue certificates. Have the peer's certificate issued by an authority.", out reason);
            return CheckRevocation(chain, at, CertificateFault.IssuerRevocationUnknown, CertificateFault.IssuerRevoked, out reason);
        }

        // A self-signed certificate answers for itself: nobody could revoke it but the trust list.
        private CertificateFault CheckRevocation(List<UaCertificate> chain, int at, CertificateFault unknown, CertificateFault revoked, out string reason)
        {
            if (at == chain.Count - 1)
                return Pass(out reason);
            var (certificate, issuer) = (chain[at], chain[at + 1]);
            var found = lists.Where(list => list.IssuerName.AsSpan().SequenceEqual(issuer.SubjectName) && list.Signed.IsSignedBy(issuer)).ToList();
            if (found.Exists(list => list.Contains(certificate.SerialNumber)))
                return Refuse(revoked, $"{certificate.Subject} was revoked by {issuer.Subject}. Give the peer a new certificate.", out reason);
            if (found.Exists(list => list.NextUpdate is not { } next || now < next))
                return Pass(out reason);
            var state = found.Count == 0 ? "there is none" : "the one there is out of date";
            return Lenient(leniency.AllowMissingRevocationList, $"no revocation list of {issuer.Subject}: {state}")
                ? Pass(out reason)
                : Refuse(unknown, $"A revocation list of {issuer.Subject} is needed and {state}. Put a current one into {Path.Combine(store.Root, "issuer", "crl")}.", out reason);
        }

        private string ChainAdvice(CertificateFault fault, UaCertificate last) => fault switch
        {
            CertificateFault.ChainIncomplete => $"The issuer of {last.Subject}, {last.Issuer}, is not known. Put its certificate into {store.IssuerDirectory} and its revocation list beside it.",
            CertificateFault.ChainTooDeep => $"The chain is longer than {UaCertificate.LongestChain} certificates. Have a certificate issued nearer to the root.",
            CertificateFault.ChainLoop => $"The chain comes back to {last.Subject}. Remove the wrong certificate from {store.IssuerDirectory}.",
            _ => $"The signature of {last.Subject} is not its issuer's. Give the peer a new certificate, or put the right issuer into {store.IssuerDirectory}.",
        };

        private bool Names(string host) =>
            IPAddress.TryParse(host, out var address)
                ? leaf.Addresses.Contains(address) || leaf.DnsNames.Contains(host, StringComparer.OrdinalIgnoreCase)
                : leaf.DnsNames.Contains(host, StringComparer.OrdinalIgnoreCase);

        private string Known() => string.Join(", ", leaf.DnsNames.Concat(leaf.Addresses.Select(address => address.ToString())).Take(8));

        private bool Lenient(bool allowed, string warning)
        {
            if (allowed)
                Warnings.Add(warning);
            return allowed;
        }

        private static CertificateFault Pass(out string reason)
        {
            reason = "";
            return CertificateFault.None;
        }

        private static CertificateFault Refuse(CertificateFault fault, string why, out string reason)
        {
            reason = why;
            return fault;
        }
    }
}
