using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Types;

public sealed class UaExceptionTests
{
    [Fact]
    public void Message_says_what_where_and_what_to_do() =>
        Assert.Equal(
            "The length is wrong (BadDecodingError, in byte 5). Send another.",
            new UaException(StatusCodes.BadDecodingError, "The length is wrong", "byte 5", "Send another").Message);
}
