using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Plant.Tests.Signing;

[Trait("Req", "hostile-66")]
public sealed class SignedTokenTests : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly GoAhead payload = new() { Run = "r-1", Host = "hmi", Token = 42, Step = "install", Nonce = "n", Granted = true, LifetimeMs = 30_000 };

    public void Dispose() => key.Dispose();

    [Fact]
    public void Signed_payload_comes_back()
    {
        using var publicHalf = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));

        Assert.True(Verify(Sign(), publicHalf, out var back, out var refusal));
        Assert.Equal(payload, back);
        Assert.Equal("", refusal);
    }

    [Fact]
    public void Any_changed_character_is_refused()
    {
        var token = Sign();
        for (var i = 0; i < token.Length; i++)
            foreach (var other in new[] { token[i] == 'A' ? 'B' : 'A', '.', '=', '\0', 'é' })
                if (other != token[i])
                {
                    var tampered = token[..i] + other + token[(i + 1)..];
                    Assert.False(Verify(tampered, key, out var back, out var refusal), $"character {i} became {other}");
                    Assert.Null(back);
                    Assert.NotEqual("", refusal);
                }
    }

    [Fact]
    public void Bits_that_no_byte_uses_cannot_vary()
    {
        var token = Sign();
        foreach (var last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".Where(last => last != token[^1]))
            Assert.False(Verify(token.Remove(token.Length - 1) + last, key, out _, out _), $"last character became {last}");
    }

    [Fact]
    public void Any_changed_byte_of_a_part_is_refused()
    {
        var parts = Sign().Split('.');
        for (var part = 0; part < 3; part++)
        {
            var bytes = Base64Url.DecodeFromChars(parts[part]);
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= 1;
                var tampered = string.Join('.', parts.Select((text, index) => index == part ? Base64Url.EncodeToString(bytes) : text));
                Assert.False(Verify(tampered, key, out _, out _), $"byte {i} of part {part}");
                bytes[i] ^= 1;
            }
        }
    }

    [Fact]
    public void Token_of_another_type_is_refused()
    {
        Assert.False(Verify(SignedToken.Sign(payload, SignedToken.PermitType, key, MessageJson.Default.GoAhead), key, out _, out var refusal));
        Assert.Contains("type", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_of_another_key_is_refused_whatever_key_it_names()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.False(Verify(SignedToken.Sign(payload, SignedToken.GoAheadType, other, MessageJson.Default.GoAhead), key, out _, out var refusal));
        Assert.Contains("another key", refusal, StringComparison.Ordinal);

        var parts = Sign().Split('.');
        var forged = Base64Url.EncodeToString(other.SignData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        Assert.False(Verify($"{parts[0]}.{parts[1]}.{forged}", key, out _, out refusal));
        Assert.Contains("signature", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("ES384")]
    [InlineData("es256")]
    public void Token_of_another_algorithm_is_refused(string algorithm)
    {
        var body = Sign().Split('.')[1];
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","typ":"{{SignedToken.GoAheadType}}","kid":"{{SignedToken.KeyThumbprint(key)}}"}"""));
        using var hmac = new HMACSHA256(key.ExportSubjectPublicKeyInfo());
        foreach (var signature in new[] { "", Base64Url.EncodeToString(hmac.ComputeHash(Encoding.ASCII.GetBytes($"{header}.{body}"))) })
        {
            Assert.False(Verify($"{header}.{body}.{signature}", key, out _, out var refusal));
            Assert.Contains("algorithm", refusal, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("....")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    [InlineData("W10.W10.W10")]
    [InlineData("e30.e30.e30")]
    [InlineData("!!!.???.###")]
    public void What_is_no_token_is_refused(string token)
    {
        Assert.False(Verify(token, key, out _, out var refusal));
        Assert.NotEqual("", refusal);
    }

    [Fact]
    public void Endless_token_is_refused_unread() => Assert.False(Verify(new string('A', SignedToken.MaximumLength + 1), key, out _, out _));

    [Fact]
    public void Random_text_is_refused_without_an_exception() => Gen.String.Sample(text => !Verify(text, key, out _, out _));

    private string Sign() => SignedToken.Sign(payload, SignedToken.GoAheadType, key, MessageJson.Default.GoAhead);

    private static bool Verify(string token, ECDsa key, out GoAhead? back, out string refusal) =>
        SignedToken.TryVerify(token, SignedToken.GoAheadType, key, MessageJson.Default.GoAhead, out back, out refusal);
}
