using Daos.Fabric.TestKit.Allocations;

namespace Daos.Fabric.TestKit.Tests;

/// <summary>The check itself: it lets a late peak pass and nothing else.</summary>
public sealed class SteadyStateTests
{
    [Theory]
    [InlineData(new long[] { 0, 0, 0 }, 0)]
    [InlineData(new long[] { 0, 3312, 0, 0, 0 }, 0)]
    public void AllocatedBytes_ThatEnd_AreNone(long[] rounds, long expected)
    {
        int next = 0;

        Assert.Equal(expected, SteadyState.AllocatedBytes(() => rounds[next++]));
        Assert.Equal(rounds.Length, next);
    }

    [Fact]
    public void AllocatedBytes_ThatComeAgain_AreFound()
    {
        int round = 0;

        Assert.Equal(24, SteadyState.AllocatedBytes(() => round++ % SteadyState.CleanRounds == 0 ? 24 : 0));
        Assert.Equal(SteadyState.RoundsMax, round);
    }
}
