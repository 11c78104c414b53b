using Daos.Fabric.Engine.Host.Configuration;

namespace Daos.Fabric.Engine.Tests.Host;

public sealed class DescriptorLimitTests
{
    private const string Header = "Limit                     Soft Limit           Hard Limit           Units     \n";

    [Theory]
    [InlineData(Header + "Max open files            1024                 524288               files     \nMax locked memory         8                    8                    bytes\n", 524288)]
    [InlineData(Header + "Max open files            1024                 unlimited            files     \n", null)]
    [InlineData(Header + "Max open files            1024\n", null)]
    [InlineData(Header + "Max open files", null)]
    [InlineData(Header, null)]
    [InlineData("", null)]
    public void Parse_LimitsOfAProcess_TakesTheHardOne(string text, int? expected) => Assert.Equal(expected, DescriptorLimit.Parse(text));

    [Fact]
    public void Allowed_OnLinux_IsKnown() => Assert.Equal(OperatingSystem.IsLinux(), DescriptorLimit.Allowed is > 0);
}
