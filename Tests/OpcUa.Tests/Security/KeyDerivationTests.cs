using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Security;

public sealed class KeyDerivationTests
{
    // The vector that the TLS working group published for its PRF with SHA-256: P_SHA256 over label and seed.
    [Fact]
    [Trait("Clause", "Part 6 §6.7.5 keys")]
    public void P_SHA256_gives_the_published_vector_Part6_6_7_5()
    {
        var secret = Convert.FromHexString("9bbe436ba940f017b17652849a71db35");
        byte[] seed = [.. "test label"u8, .. Convert.FromHexString("a0ba9f936cda311827a6f796ffd5198c")];
        var expected = Convert.FromHexString(
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af"
            + "0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66");

        Assert.Equal(expected, KeyDerivation.Derive(secret, seed, expected.Length));
    }

    [Theory]
    [InlineData(SecurityPolicy.Basic256Sha256, 32)]
    [InlineData(SecurityPolicy.Aes128_Sha256_RsaOaep, 16)]
    [InlineData(SecurityPolicy.Aes256_Sha256_RsaPss, 32)]
    [Trait("Clause", "Part 6 §6.7.5 keys")]
    public void Keys_are_cut_in_the_order_signing_encrypting_IV_Part6_6_7_5(SecurityPolicy policy, int cipherKey)
    {
        byte[] secret = [1, 2, 3];
        byte[] seed = [4, 5, 6];

        var keys = DirectionKeys.Derive(PolicyProfile.Of(policy), secret, seed);

        var whole = KeyDerivation.Derive(secret, seed, 32 + cipherKey + 16);
        Assert.Equal(whole[..32], keys.Signing);
        Assert.Equal(whole[32..(32 + cipherKey)], keys.Encrypting);
        Assert.Equal(whole[(32 + cipherKey)..], keys.InitializationVector);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(0)]
    public void Nonce_of_another_length_is_refused_Part6_6_7_5(int length)
    {
        var nonce = new byte[length];
        nonce.AsSpan().Fill(1);
        var refused = Assert.Throws<UaException>(() => DirectionKeys.CheckNonce(PolicyProfile.Of(SecurityPolicy.Basic256Sha256), nonce, "test"));
        Assert.Equal(StatusCodes.BadNonceInvalid, refused.Status.Value);
    }

    [Fact]
    public void Nonce_of_zeros_is_refused() =>
        Assert.Throws<UaException>(() => DirectionKeys.CheckNonce(PolicyProfile.Of(SecurityPolicy.Basic256Sha256), new byte[32], "test"));
}
