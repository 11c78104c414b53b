namespace Daos.Fabric.Client.Tests;

public sealed class ClientOptionsTests
{
    [Fact]
    public void Validate_AttemptOutOfRange_IsRefused()
    {
        var day = new DaosClientOptions { OperationTimeout = TimeSpan.FromDays(1), AttemptTimeout = TimeSpan.FromHours(1) };
        day.Validate();
        Assert.Throws<ArgumentOutOfRangeException>((day with { AttemptTimeout = TimeSpan.FromMilliseconds(1) - TimeSpan.FromTicks(1) }).Validate);
        ArgumentOutOfRangeException tooLong = Assert.Throws<ArgumentOutOfRangeException>(
            (day with { AttemptTimeout = TimeSpan.FromHours(1) + TimeSpan.FromTicks(1) }).Validate);
        Assert.Contains("AttemptTimeout must be at least 1 ms, at most OperationTimeout and 1 hour", tooLong.Message, StringComparison.Ordinal);
    }
}
