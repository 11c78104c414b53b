using Daos.Fabric.Bench.Running;
using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Bench.Tests.Running;

public sealed class BlockSequenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(4096)]
    public void Next_RandomWithMap_VisitsEachBlockOncePerRound(int blocks)
    {
        var sequence = new BlockSequence(blocks, random: true, repeats: false, new SeededRandom(3));
        for (int round = 0; round < 3; round++)
        {
            var seen = Enumerable.Range(0, blocks).Select(_ => sequence.Next()).ToHashSet();
            Assert.Equal(blocks, seen.Count);
            Assert.All(seen, b => Assert.InRange(b, 0, blocks - 1));
        }

        Assert.Equal(3, sequence.Rounds);
    }

    [Fact]
    public void Next_RandomWithMap_IsNotSequential()
    {
        var sequence = new BlockSequence(1000, random: true, repeats: false, new SeededRandom(3));
        long[] order = Enumerable.Range(0, 1000).Select(_ => sequence.Next()).ToArray();
        int steps = order.Zip(order.Skip(1)).Count(p => p.Second == p.First + 1);
        Assert.InRange(steps, 0, 20);
    }
}
