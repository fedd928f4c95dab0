using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Types;

[Collection(nameof(Alone))]
public sealed class StatusCodeTests
{
    [Theory]
    [InlineData(StatusCodes.Good, "Good")]
    [InlineData(StatusCodes.GoodClamped, "GoodClamped")]
    [InlineData(StatusCodes.UncertainInitialValue, "UncertainInitialValue")]
    [InlineData(StatusCodes.BadNodeIdUnknown, "BadNodeIdUnknown")]
    [InlineData(StatusCodes.BadTooManyPublishRequests, "BadTooManyPublishRequests")]
    public void Code_has_its_symbolic_name_and_back(uint code, string name)
    {
        Assert.Equal(name, new StatusCode(code).SymbolicName);
        Assert.True(StatusCodes.TryParse(name, out StatusCode parsed));
        Assert.Equal(code, parsed.Value);
    }

    [Theory]
    [InlineData(0x00000000, true, false, false)]
    [InlineData(0x40920000, false, true, false)]
    [InlineData(0x80340000, false, false, true)]
    [InlineData(0xC0000000, false, false, true)]      // the reserved severity counts as bad
    public void Severity_is_the_two_highest_bits(uint code, bool good, bool uncertain, bool bad)
    {
        var status = new StatusCode(code);
        Assert.Equal((good, uncertain, bad), (status.IsGood, status.IsUncertain, status.IsBad));
    }

    [Theory]
    [InlineData(0x00000480, true)]
    [InlineData(0x40920480, true)]
    [InlineData(0x00000080, false)]                   // the bit alone, without the info type
    [InlineData(0x00000400, false)]
    [InlineData(0x00000C80, false)]                   // another info type
    [Hostile(39)]
    [Trait("Clause", "Part 4 §7.38 overflow")]
    public void Overflow_is_a_bit_of_the_data_value_info_type(uint code, bool overflow) =>
        Assert.Equal(overflow, new StatusCode(code).HasOverflow);

    [Fact]
    public void Overflow_is_added_without_changing_the_code()
    {
        StatusCode status = new StatusCode(StatusCodes.UncertainInitialValue).WithOverflow();
        Assert.True(status.HasOverflow);
        Assert.Equal<uint>(StatusCodes.UncertainInitialValue, status.Code);
        Assert.Equal("UncertainInitialValue (0x40920480)", status.ToString());
    }

    [Fact]
    public void Unknown_code_is_shown_as_a_number() => Assert.Equal("0x8FFF0000", new StatusCode(0x8FFF0000).ToString());
}
