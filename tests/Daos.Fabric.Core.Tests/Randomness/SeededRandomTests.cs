namespace Daos.Fabric.Core.Tests.Randomness;

public sealed class SeededRandomTests
{
    [Fact]
    public void Sequence_OfASeed_NeverChanges()
    {
        // xoshiro256** seeded by SplitMix64, computed by an independent program: a change here changes what every recorded seed means.
        var random = new SeededRandom(42);
        ulong[] expected = [0x15780B2E0C2EC716UL, 0x6104D9866D113A7EUL, 0xAE17533239E499A1UL, 0xECB8AD4703B360A1UL];
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(_ => random.NextUInt64()));
    }

    [Fact]
    public void Fork_IsIndependentOfTheOrderOfDraws()
    {
        var parent = new SeededRandom(5);
        SeededRandom first = parent.Fork();
        SeededRandom second = parent.Fork();
        ulong secondFirst = second.NextUInt64();
        ulong firstFirst = first.NextUInt64();

        parent = new SeededRandom(5);
        first = parent.Fork();
        second = parent.Fork();
        Assert.Equal(firstFirst, first.NextUInt64());
        Assert.Equal(secondFirst, second.NextUInt64());
        Assert.NotEqual(firstFirst, secondFirst);
    }

    [Fact]
    public void Next_StaysInBoundsAndReachesThem()
    {
        var random = new SeededRandom(1);
        var seen = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            seen[random.Next(7)]++;
            Assert.InRange(random.Next(long.MaxValue), 0, long.MaxValue - 1);
        }

        Assert.All(seen, n => Assert.InRange(n, 9_500, 10_500));
        Assert.Equal(0, random.Next(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(-1L));
    }

    [Fact]
    public void Chance_FollowsItsProbability()
    {
        var random = new SeededRandom(9);
        Assert.Equal(0, Enumerable.Range(0, 1_000).Count(_ => random.Chance(0)));
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Count(_ => random.Chance(1)));
        Assert.InRange(Enumerable.Range(0, 100_000).Count(_ => random.Chance(0.25)), 24_000, 26_000);
    }

    [Fact]
    public void Fill_AnyLength_FillsEveryByte()
    {
        var random = new SeededRandom(3);
        for (int length = 0; length < 40; length++)
        {
            var or = new byte[length];
            for (int i = 0; i < 64; i++)
            {
                var bytes = new byte[length];
                random.Fill(bytes);
                or = or.Zip(bytes, (a, b) => (byte)(a | b)).ToArray();
            }

            Assert.All(or, b => Assert.Equal(0xFF, b));
        }
    }

    [Fact]
    public void NextGuid_IsAVersionFourIdentifier()
    {
        var random = new SeededRandom(3);
        var seen = new HashSet<Guid>();
        for (int i = 0; i < 1_000; i++)
        {
            Guid guid = random.NextGuid();
            Assert.Equal(4, guid.Version);
            Assert.InRange(guid.Variant, 8, 11);
            Assert.True(seen.Add(guid));
        }
    }

    [Fact]
    public void SystemEntropy_DoesNotRepeat() => Assert.NotEqual(SystemEntropy.Seed(), SystemEntropy.Seed());
}
