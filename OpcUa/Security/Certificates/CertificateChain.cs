namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>Finds the issuers of a certificate up to one that issued itself, checking each signature on the way (Part 4 §6.1.3).</summary>
internal static class CertificateChain
{
    /// <summary>
    /// The chain as far as it went, leaf first. Candidates may be anybody's: every step is bounded, and an issuer counts only when
    /// its key made the signature.
    /// </summary>
    public static CertificateFault Build(UaCertificate leaf, IReadOnlyList<UaCertificate> candidates, out List<UaCertificate> chain)
    {
        chain = [leaf];
        while (true)
        {
            var current = chain[^1];
            if (current.IsSelfIssued && current.Signed.IsSignedBy(current))
                return CertificateFault.None;
            if (!current.Signed.IsStrong && current.IsSelfIssued)
                return CertificateFault.None;
            var fault = FindIssuer(current, candidates, out var issuer);
            if (fault != CertificateFault.None)
                return fault;
            if (chain.Exists(issuer!.IsSame))
                return CertificateFault.ChainLoop;
            if (chain.Count == UaCertificate.LongestChain)
                return CertificateFault.ChainTooDeep;
            chain.Add(issuer);
        }
    }

    private static CertificateFault FindIssuer(UaCertificate certificate, IReadOnlyList<UaCertificate> candidates, out UaCertificate? issuer)
    {
        issuer = null;
        var named = candidates.Where(candidate => Names(certificate, candidate)).Take(UaCertificate.LongestChain).ToList();
        if (named.Count == 0)
            return certificate.IsSelfIssued ? CertificateFault.SignatureInvalid : CertificateFault.ChainIncomplete;
        // A weak signature is not verified: the policy check that follows refuses it by its own name.
        issuer = certificate.Signed.IsStrong ? named.Find(certificate.Signed.IsSignedBy) : named[0];
        return issuer is null ? CertificateFault.SignatureInvalid : CertificateFault.None;
    }

    private static bool Names(UaCertificate certificate, UaCertificate candidate) =>
        certificate.IssuerName.AsSpan().SequenceEqual(candidate.SubjectName)
        && (certificate.AuthorityKey is null || candidate.SubjectKey is null || certificate.AuthorityKey.AsSpan().SequenceEqual(candidate.SubjectKey))
        && !certificate.IsSame(candidate);
}
