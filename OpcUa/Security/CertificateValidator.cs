namespace PatchEdge.OpcUa.Security;

/// <summary>Judges certificates by a store's lists, which it reads again each time (Part 4 §6.1.3). Thread-safe.</summary>
public sealed class CertificateValidator(CertificateStore store, TimeProvider time, CertificateLeniency? leniency = null)
{
    /// <param name="certificate">DER, with issuers behind it perhaps.</param>
    /// <param name="expected">What its owner must be.</param>
    public CertificateVerdict Validate(ReadOnlyMemory<byte> certificate, CertificateExpectation expected) => throw new NotImplementedException($"{store}{time}{leniency}");
}
