using Daos.Fabric.Bench.Options;

namespace Daos.Fabric.Bench.Tests.Options;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("4k", 4096)]
    [InlineData("4KiB", 4096)]
    [InlineData("1m", 1 << 20)]
    [InlineData("2g", 2L << 30)]
    [InlineData("7b", 7)]
    public void ParseSize_WithUnit_IsPowerOfTwo(string text, long expected) => Assert.Equal(expected, Units.ParseSize("bs", text));

    [Theory]
    [InlineData("")]
    [InlineData("4q")]
    [InlineData("-1")]
    [InlineData("99999999999t")]
    public void ParseSize_Malformed_NamesOptionAndValue(string text)
    {
        var error = Assert.Throws<OptionException>(() => Units.ParseSize("bs", text));
        Assert.Contains("bs=" + text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10", 10_000_000_000)]
    [InlineData("500ms", 500_000_000)]
    [InlineData("50us", 50_000)]
    [InlineData("2m", 120_000_000_000)]
    public void ParseTime_WithUnit_IsNanoseconds(string text, long expected) => Assert.Equal(expected, Units.ParseTimeNs("runtime", text));
}
