using System.Formats.Asn1;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Tests.Security;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>Certificates, chains of them and revocation lists (Part 4 §6.1.3, RFC 5280). Nothing but what was issued is ever accepted.</summary>
internal sealed class CertificateTarget : FuzzTarget
{
    private static readonly CertificateExpectation Expected = new() { Policy = SecurityPolicy.Basic256Sha256, Role = CertificateRole.Server };

    private readonly TestDirectory directory = new();
    private readonly CertificateValidator validator;
    private readonly HashSet<string> issued = [];

    public CertificateTarget()
    {
        var time = new FakeTimeProvider(TestAuthority.Now);
        var store = new CertificateStore(directory.Path, time);
        var root = TestAuthority.Root();
        var between = root.Intermediate();
        store.Trust(root.Certificate);
        File.WriteAllBytes(Path.Combine(store.Root, "issuer", "crl", "root.crl"), root.Revoke([]));
        File.WriteAllBytes(Path.Combine(store.Root, "issuer", "crl", "between.crl"), between.Revoke([]));
        validator = new CertificateValidator(store, time);
        var leaf = root.Issue(new Leaf());
        var below = between.Issue(new Leaf());
        Seeds = [leaf, TestAuthority.SelfSigned(new Leaf()), [.. below, .. between.Der], root.Der, root.Revoke([leaf]), root.Revoke([])];
        issued.Add(Convert.ToHexString(leaf));
        issued.Add(Convert.ToHexString(below));
    }

    public override IReadOnlyList<byte[]> Seeds { get; }

    public override ValueTask FeedAsync(byte[] input)
    {
        Bounded(input, 200, bytes =>
        {
            var verdict = validator.Validate(bytes, Expected);
            if (verdict.IsAccepted && !issued.Contains(Convert.ToHexString(verdict.Certificate!.Der)))
                throw new InvalidOperationException("A certificate that nobody issued was accepted.");
        });
        Bounded(input, 200, static bytes => UaCertificate.Leaf(bytes));
        Bounded(input, 200, static bytes =>
        {
            try
            {
                RevocationList.Read(bytes);
            }
            catch (AsnContentException)
            {
                // Refused; whoever reads a list expects it.
            }
        });
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
