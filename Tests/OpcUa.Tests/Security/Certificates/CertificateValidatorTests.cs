using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Security.Certificates;

/// <summary>One test for each row of the checks that Part 4 §6.1.3 lists.</summary>
[Collection(nameof(Alone))]
public sealed class CertificateValidatorTests : IDisposable
{
    private static readonly TestAuthority Root = TestAuthority.Root();

    private static readonly CertificateExpectation Server = new()
    {
        Policy = SecurityPolicy.Basic256Sha256,
        Role = CertificateRole.Server,
        HostName = "line1",
        ApplicationUri = "urn:app",
    };

    private readonly TestDirectory directory = new();
    private readonly FakeTimeProvider time = new(TestAuthority.Now);
    private readonly CertificateStore store;

    public CertificateValidatorTests() => store = new CertificateStore(directory.Path, time);

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Self_signed_certificate_in_the_trust_list_is_accepted()
    {
        var der = TestAuthority.SelfSigned(new Leaf());
        Trust(der);
        Accepts(der, Server);
        Accepts(der, Server with { HostName = "192.0.2.1" });
        Accepts(der, Server with { HostName = "LINE1" });
    }

    [Fact]
    public void Certificate_of_a_trusted_authority_with_a_current_list_is_accepted()
    {
        Trust(Root.Der);
        Lists(Root.Revoke([]));
        Accepts(Root.Issue(new Leaf()), Server);
    }

    [Fact]
    public void Chain_over_an_intermediate_that_the_peer_sent_is_accepted()
    {
        var intermediate = Root.Intermediate();
        Trust(Root.Der);
        Lists(Root.Revoke([]), intermediate.Revoke([]));
        Accepts([.. intermediate.Issue(new Leaf()), .. intermediate.Der], Server);
    }

    [Fact]
    public void Trusted_leaf_whose_issuers_are_only_known_is_accepted()
    {
        var leaf = Root.Issue(new Leaf());
        Trust(leaf);
        KnowIssuer(Root.Der);
        Lists(Root.Revoke([]));
        Accepts(leaf, Server);
    }

    [Fact]
    public void Nothing_is_refused_as_missing() => Refuses([], CertificateFault.Missing);

    [Fact]
    public void Noise_is_refused_as_malformed()
    {
        var noise = new byte[500];
        new Random(1).NextBytes(noise);
        Refuses(noise, CertificateFault.Malformed);
        Refuses([0x30, 0x03, 0x01, 0x01, 0x00], CertificateFault.Malformed);
        Refuses([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], CertificateFault.Malformed);
    }

    [Fact]
    public void Certificate_cut_anywhere_is_refused()
    {
        var der = TestAuthority.SelfSigned(new Leaf());
        for (var length = 1; length < der.Length; length += 7)
            Refuses(der[..length], CertificateFault.Malformed);
    }

    [Fact]
    [Hostile(28)]
    [Trait("Clause", "Part 4 §6.1.3 bounds")]
    public void Certificate_over_7500_bytes_is_refused() =>
        Refuses(TestAuthority.SelfSigned(new Leaf { Ballast = 7500 }), CertificateFault.TooLarge);

    [Fact]
    [Hostile(28)]
    public void Certificate_of_a_megabyte_is_refused_without_being_parsed()
    {
        var der = new byte[1_000_000];
        der[0] = 0x30;
        der[1] = 0x83;
        (der[2], der[3], der[4]) = (0x0F, 0x42, 0x3B);
        Refuses(der, CertificateFault.TooLarge);
    }

    [Fact]
    [Hostile(28)]
    public void Something_behind_the_certificate_is_refused()
    {
        var der = TestAuthority.SelfSigned(new Leaf());
        Trust(der);
        Refuses([.. der, 0], CertificateFault.TrailingData);
        Refuses([.. der, 0x30, 0x03, 0x02, 0x01, 0x01], CertificateFault.TrailingData);
    }

    [Fact]
    [Hostile(28)]
    public void Huge_exponent_is_refused()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(TestAuthority.LeafKey.ExportParameters(false).Modulus!.Prepend((byte)0).ToArray());
            writer.WriteInteger(BigInteger.Pow(2, 2000) + 1);
        }
        var key = new PublicKey(new Oid("1.2.840.113549.1.1.1"), new AsnEncodedData([5, 0]), new AsnEncodedData(writer.Encode()));
        var request = new CertificateRequest(new X500DistinguishedName("CN=Busy"), key, HashAlgorithmName.SHA256);
        using var certificate = request.Create(new X500DistinguishedName("CN=Busy"), X509SignatureGenerator.CreateForRSA(TestAuthority.LeafKey, RSASignaturePadding.Pkcs1),
            TestAuthority.Now, TestAuthority.Now.AddYears(1), new byte[] { 1 });
        var der = certificate.RawData;
        Refuses(der, CertificateFault.UnusualKey);
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 policy")]
    public void Key_that_is_not_RSA_is_refused()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=Curve", curve, HashAlgorithmName.SHA256).CreateSelfSigned(TestAuthority.Now, TestAuthority.Now.AddYears(1));
        Refuses(certificate.RawData, CertificateFault.UnusualKey);
    }

    [Fact]
    public void Chain_without_its_issuer_is_incomplete()
    {
        var leaf = Root.Issue(new Leaf());
        Trust(leaf);
        var verdict = Refuses(leaf, CertificateFault.ChainIncomplete);
        Assert.Contains(store.IssuerDirectory, verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Hostile(27)]
    public void Chain_loop_ends_at_the_visited_set()
    {
        // A issued B and B issued A, with crossed names: each is signed by the other's key, and neither by its own.
        var a = TestAuthority.Root("A", 1).Intermediate("B", 2);
        var b = TestAuthority.Root("B", 2).Intermediate("A", 1);
        KnowIssuer(a.Der);
        KnowIssuer(b.Der);
        Refuses(a.Issue(new Leaf()), CertificateFault.ChainLoop);
    }

    [Fact]
    [Hostile(27)]
    [Trait("Clause", "Part 4 §6.1.3 bounds")]
    public void Chain_of_more_than_eight_is_refused()
    {
        var authority = Root;
        for (var i = 0; i < 9; i++)
        {
            authority = authority.Intermediate($"Level {i}", 1 + i % 3);
            KnowIssuer(authority.Der);
        }
        Trust(Root.Der);
        Refuses(authority.Issue(new Leaf()), CertificateFault.ChainTooDeep);
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 bounds")]
    public void Blob_of_more_than_eight_certificates_is_refused()
    {
        var der = TestAuthority.SelfSigned(new Leaf());
        Refuses([.. Enumerable.Repeat(der, 9).SelectMany(one => one)], CertificateFault.ChainTooDeep);
    }

    [Fact]
    public void Signature_of_another_issuer_of_the_same_name_is_refused()
    {
        var impostor = TestAuthority.Root("Root", 3, request => request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true)));
        Trust(impostor.Der);
        Refuses(Root.Issue(new Leaf()), CertificateFault.SignatureInvalid);
    }

    [Fact]
    public void Self_signed_certificate_that_was_changed_is_refused()
    {
        var der = TestAuthority.SelfSigned(new Leaf());
        der[^1] ^= 1;
        Trust(der);
        Refuses(der, CertificateFault.SignatureInvalid);
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 policy")]
    public void SHA1_signature_is_refused()
    {
        // The name of the algorithm, sha256WithRSAEncryption, becomes sha1WithRSAEncryption at both places.
        ReadOnlySpan<byte> algorithm = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
        var der = TestAuthority.SelfSigned(new Leaf());
        for (var at = der.AsSpan().IndexOf(algorithm); at >= 0; at = der.AsSpan().IndexOf(algorithm))
            der[at + algorithm.Length - 1] = 0x05;
        Trust(der);
        Refuses(der, CertificateFault.WeakSignature);
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 policy")]
    public void Key_of_1024_bits_is_refused()
    {
        using var key = RSA.Create(1024);
        Refuses(TestAuthority.SelfSigned(new Leaf { Key = key }), CertificateFault.KeyLengthNotAllowed);
    }

    [Fact]
    [Trait("Clause", "Part 6 §6.2.2 first run")]
    public void Untrusted_certificate_is_kept_for_a_person_who_is_told_what_to_move_where()
    {
        var der = TestAuthority.SelfSigned(new Leaf());

        var verdict = Refuses(der, CertificateFault.Untrusted);

        var kept = Assert.Single(store.Rejected);
        Assert.Equal(der, kept.Der);
        Assert.Contains(kept.ThumbprintText, verdict.Reason, StringComparison.Ordinal);
        Assert.Contains(store.TrustedDirectory, verdict.Reason, StringComparison.Ordinal);
        var file = Assert.Single(Directory.GetFiles(store.RejectedDirectory));
        Assert.Contains(file, verdict.Reason, StringComparison.Ordinal);
        File.Move(file, Path.Combine(store.TrustedDirectory, Path.GetFileName(file)));
        Accepts(der, Server);
    }

    [Fact]
    public void Root_that_only_the_peer_sent_is_no_trust() =>
        Refuses([.. Root.Issue(new Leaf()), .. Root.Der], CertificateFault.Untrusted);

    [Fact]
    [Hostile(29)]
    public void Validity_is_judged_by_the_injected_clock()
    {
        var der = TestAuthority.SelfSigned(new Leaf { From = TestAuthority.Now.AddHours(1), Until = TestAuthority.Now.AddHours(2) });
        Trust(der);
        Refuses(der, CertificateFault.NotYetValid);
        time.Advance(TimeSpan.FromHours(1));
        Accepts(der, Server);
        time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        Refuses(der, CertificateFault.Expired);
        var lenient = new CertificateValidator(store, time, new CertificateLeniency { AllowExpired = true }).Validate(der, Server);
        Assert.True(lenient.IsAccepted);
        Assert.Single(lenient.Warnings);
    }

    [Theory]
    [InlineData("line2", "urn:app", CertificateFault.HostNameMismatch)]
    [InlineData("192.0.2.2", "urn:app", CertificateFault.HostNameMismatch)]
    [InlineData("line1", "urn:other", CertificateFault.ApplicationUriMismatch)]
    [InlineData("line1", "urn:APP", CertificateFault.ApplicationUriMismatch)]
    [Hostile(29)]
    public void Server_of_another_host_or_application_is_refused(string host, string uri, CertificateFault expected)
    {
        var der = TestAuthority.SelfSigned(new Leaf());
        Trust(der);
        Refuses(der, expected, Server with { HostName = host, ApplicationUri = uri });
    }

    [Fact]
    [Hostile(29)]
    public void Certificate_without_the_needed_usage_is_refused()
    {
        var noEncipherment = TestAuthority.SelfSigned(new Leaf { Usage = X509KeyUsageFlags.DigitalSignature });
        Trust(noEncipherment);
        Refuses(noEncipherment, CertificateFault.WrongUsage);
        var clientOnly = TestAuthority.SelfSigned(new Leaf { ExtendedUsage = CertificateUsage.ClientAuthentication });
        Trust(clientOnly);
        Refuses(clientOnly, CertificateFault.WrongUsage);
        Accepts(clientOnly, Server with { Role = CertificateRole.Client });
        Accepts(noEncipherment, Server with { Role = CertificateRole.User });
    }

    [Fact]
    [Hostile(29)]
    public void Issuer_without_a_revocation_list_is_refused_unless_the_plant_allows_it()
    {
        var leaf = Root.Issue(new Leaf());
        Trust(Root.Der);
        Refuses(leaf, CertificateFault.RevocationUnknown);
        Lists(Root.Revoke([], TestAuthority.Now.AddHours(-1)));
        Refuses(leaf, CertificateFault.RevocationUnknown);
        Assert.True(new CertificateValidator(store, time, new CertificateLeniency { AllowMissingRevocationList = true }).Validate(leaf, Server).IsAccepted);
    }

    // Each certificate has the fault and all that come after it: the earliest is the one that is told.
    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 order")]
    public void Checks_come_in_the_order_of_the_specification()
    {
        var other = Server with { HostName = "line9", ApplicationUri = "urn:other" };
        var expired = new Leaf { Until = TestAuthority.Now.AddHours(-1), Usage = X509KeyUsageFlags.DigitalSignature };
        var leaf = Root.Issue(expired);
        Refuses(leaf, CertificateFault.ChainIncomplete, other);
        var forged = (byte[])leaf.Clone();
        forged[^1] ^= 1;
        Trust(Root.Der);
        Refuses(forged, CertificateFault.SignatureInvalid, other);
        var selfSigned = TestAuthority.SelfSigned(expired);
        Refuses(selfSigned, CertificateFault.Untrusted, other);
        Lists(Root.Revoke([leaf]));
        Refuses(leaf, CertificateFault.Expired, other);
        var ageing = Root.Issue(expired with { Until = null });
        Lists(Root.Revoke([ageing]));
        Refuses(ageing, CertificateFault.HostNameMismatch, other);
        Refuses(ageing, CertificateFault.ApplicationUriMismatch, other with { HostName = "line1" });
        Refuses(ageing, CertificateFault.WrongUsage);
        var sound = Root.Issue(new Leaf());
        Lists(Root.Revoke([sound]));
        Refuses(sound, CertificateFault.Revoked);
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 never let pass")]
    public void Structure_chain_signature_uri_and_revocation_are_never_let_pass()
    {
        var everything = new CertificateLeniency { AllowExpired = true, AllowOtherHostName = true, AllowMissingRevocationList = true, AllowOtherUsage = true };
        var lenient = new CertificateValidator(store, time, everything);
        var leaf = Root.Issue(new Leaf());
        Assert.Equal(CertificateFault.ChainIncomplete, lenient.Validate(leaf, Server).Fault);
        Trust(Root.Der);
        Assert.True(lenient.Validate(leaf, Server).IsAccepted);
        Assert.Equal(CertificateFault.TrailingData, lenient.Validate((byte[])[.. leaf, 0], Server).Fault);
        var forged = (byte[])leaf.Clone();
        forged[^1] ^= 1;
        Assert.Equal(CertificateFault.SignatureInvalid, lenient.Validate(forged, Server).Fault);
        Assert.Equal(CertificateFault.ApplicationUriMismatch, lenient.Validate(leaf, Server with { ApplicationUri = "urn:other" }).Fault);
        Assert.Equal(CertificateFault.Untrusted, lenient.Validate(TestAuthority.SelfSigned(new Leaf()), Server).Fault);
        Lists(Root.Revoke([leaf]));
        Assert.Equal(CertificateFault.Revoked, lenient.Validate(leaf, Server).Fault);
    }

    [Fact]
    [Hostile(29)]
    public void Revoked_certificate_is_refused_even_by_a_list_out_of_date()
    {
        var leaf = Root.Issue(new Leaf());
        Trust(Root.Der);
        Lists(Root.Revoke([leaf], TestAuthority.Now.AddHours(-1)));
        Refuses(leaf, CertificateFault.Revoked);
    }

    [Fact]
    public void List_that_the_issuer_did_not_sign_revokes_nothing_and_proves_nothing()
    {
        var leaf = Root.Issue(new Leaf());
        Trust(Root.Der);
        Lists(TestAuthority.Root("Root", 3).Revoke([leaf]));
        Refuses(leaf, CertificateFault.RevocationUnknown);
    }

    [Fact]
    [Trait("Clause", "Part 4 §6.1.3 order")]
    public void Issuer_is_judged_like_its_certificate()
    {
        Trust(Root.Der);
        var expired = Root.Intermediate("Expired", until: TestAuthority.Now.AddDays(-1));
        Lists(Root.Revoke([]), expired.Revoke([]));
        Refuses([.. expired.Issue(new Leaf()), .. expired.Der], CertificateFault.IssuerExpired);

        var plain = Root.Intermediate("Plain", change: request => request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true)));
        var lenient = new CertificateValidator(store, time, new CertificateLeniency { AllowMissingRevocationList = true });
        Assert.Equal(CertificateFault.IssuerWrongUsage, lenient.Validate((byte[])[.. plain.Issue(new Leaf()), .. plain.Der], Server).Fault);

        var revoked = Root.Intermediate("Revoked");
        Lists(Root.Revoke([revoked.Der]), revoked.Revoke([]));
        Refuses([.. revoked.Issue(new Leaf()), .. revoked.Der], CertificateFault.IssuerRevoked);
    }

    [Fact]
    [Hostile(29)]
    [Trait("Clause", "Part 4 §6.1.3 one answer")]
    public void Every_fault_has_its_own_local_code_or_the_general_one()
    {
        foreach (var fault in Enum.GetValues<CertificateFault>().Where(fault => fault != CertificateFault.None))
            Assert.True(fault.LocalStatus().IsBad, fault.ToString());
    }

    private void Trust(byte[] der) => File.WriteAllBytes(Path.Combine(store.TrustedDirectory, $"{Guid.NewGuid():N}.der"), der);

    private void KnowIssuer(byte[] der) => File.WriteAllBytes(Path.Combine(store.IssuerDirectory, $"{Guid.NewGuid():N}.der"), der);

    private void Lists(params byte[][] lists)
    {
        foreach (var list in lists)
            File.WriteAllBytes(Path.Combine(store.Root, "issuer", "crl", $"{Guid.NewGuid():N}.crl"), list);
    }

    private void Accepts(byte[] certificate, CertificateExpectation expected)
    {
        var verdict = new CertificateValidator(store, time).Validate(certificate, expected);
        Assert.True(verdict.IsAccepted, $"{verdict.Fault}: {verdict.Reason}");
    }

    private CertificateVerdict Refuses(byte[] certificate, CertificateFault fault, CertificateExpectation? expected = null)
    {
        var verdict = new CertificateValidator(store, time).Validate(certificate, expected ?? Server);
        Assert.Equal(fault, verdict.Fault);
        Assert.NotEmpty(verdict.Reason);
        Assert.Throws<UaException>(() => verdict.Require("test"));
        return verdict;
    }
}
