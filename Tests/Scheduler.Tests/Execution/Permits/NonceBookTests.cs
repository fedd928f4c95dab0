using System.Buffers.Text;
using PatchEdge.Scheduler.Execution.Permits;

namespace PatchEdge.Scheduler.Tests.Execution.Permits;

public sealed class NonceBookTests
{
    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    public void What_is_no_nonce_is_refused(string text) => Assert.False(new NonceBook().TryUse(text));

    [Fact]
    [Trait("Req", "hostile-66")]
    public void Nonce_is_used_once()
    {
        var book = new NonceBook();
        var nonce = Base64Url.EncodeToString(new byte[32]);

        Assert.True(book.TryUse(nonce));
        Assert.False(book.TryUse(nonce));
    }
}
